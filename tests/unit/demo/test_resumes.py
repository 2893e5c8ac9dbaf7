"""The made-up resumes are what they claim to be: an outside reader opens each, and cannot open the broken one."""

from __future__ import annotations

import base64
import io
import random
import zipfile
from typing import Any

import pikepdf
import pypdfium2
import pytest
from lxml import etree
from PIL import Image

from app.demo.author import Author
from app.demo.resumes import resume
from tests.unit.demo.histories import NOW

MARK = "BAR1234567"


def test_the_pdf_has_its_text() -> None:
    content = _content("pdf")
    page = pypdfium2.PdfDocument(content)[0]
    assert MARK in page.get_textpage().get_text_range()
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as strict:
        assert len(strict.pages) == 1


def test_the_docx_has_its_text() -> None:
    with zipfile.ZipFile(io.BytesIO(_content("docx"))) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
    assert MARK in "".join(str(text) for text in document.itertext())


def test_the_photograph_opens() -> None:
    with Image.open(io.BytesIO(_content("jpeg"))) as image:
        image.load()
        assert image.format == "JPEG"


def test_plain_text_and_none() -> None:
    assert MARK.encode() in _content("text")
    assert _resume("none") is None


def test_the_broken_one_does_not_open() -> None:
    with pytest.raises(pikepdf.PdfError):
        pikepdf.open(io.BytesIO(_content("broken")), attempt_recovery=False)


@pytest.mark.parametrize("kind", ["pdf", "docx", "jpeg", "text", "broken"])
def test_small_and_always_the_same(kind: str) -> None:
    assert len(_content(kind)) < 20_000
    assert _content(kind) == _content(kind)


def _resume(kind: str) -> dict[str, Any] | None:
    author = Author(1, NOW)
    job = author.job(author.employer("keystone"))
    return resume(random.Random(1), kind, author.person(), job, MARK)


def _content(kind: str) -> bytes:
    made = _resume(kind)
    assert made
    return base64.b64decode(made["content_base64"])
