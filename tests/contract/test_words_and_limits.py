"""Laws of the small pure parts: cut names, file names, multipart bodies, rate headers."""

from __future__ import annotations

import unicodedata
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.multipart import Part, multipart
from adapters.naming import ascii_words, clipped, field_names, file_name, file_name_with_job, segment
from adapters.pacing import limits_told
from schemas.delivery import Pdf
from schemas.errors import Permanent
from tests.contract.adapter_case import KEY
from tests.contract.test_adapters import CASES

delivery = CASES["webhook"].delivery


@given(st.text(max_size=80), st.integers(min_value=1, max_value=60))
def test_a_cut_name_fits_begins_alike_and_keeps_its_letters_whole(text: str, limit: int) -> None:
    cut = clipped(text, limit)
    assert len(cut) <= limit
    assert text.startswith(cut)
    assert len(cut) == min(len(text), limit) or len(text) > limit


def test_letters_and_joined_emoji_are_not_cut_apart() -> None:
    assert clipped("Zoe\u0308 X", 3) == "Zo"
    assert clipped("ab\U0001f469\u200d\U0001f52c", 3) == "ab"
    assert clipped("ab\U0001f469\u200d\U0001f52c", 4) == "ab"
    assert clipped("e\u0301" * 200, 50) == "e\u0301" * 25
    assert unicodedata.combining(clipped("e\u0301" * 200, 49)[-1])


@given(st.text(max_size=300), st.text(max_size=300))
def test_file_names_hold_the_key_and_are_plain(name: str, title: str) -> None:
    pdf = Pdf(file_name=name, sha256="0" * 64, content=b"%PDF")
    for made in (file_name(delivery(pdf=pdf)), file_name_with_job(delivery(pdf=pdf, job_title=title))):
        assert KEY in made
        assert made.endswith(".pdf")
        assert made.isascii()
        assert len(made) <= 160
        assert not set(made) & set('/\\"\r\n:;')


def test_a_file_name_that_holds_the_key_is_kept() -> None:
    pdf = Pdf(file_name=f"FactoryFix {KEY}.pdf", sha256="0" * 64, content=b"%PDF")
    assert file_name(delivery(pdf=pdf)) == pdf.file_name


def test_words_of_other_scripts_become_plain_or_go() -> None:
    assert ascii_words("Técnico / CNC — Día", 60) == "Tecnico CNC Dia"
    assert ascii_words("\u738b", 60) == ""


@pytest.mark.parametrize("value", ["", ".", "..", "x" * 201])
def test_ids_that_climb_are_refused(value: str) -> None:
    with pytest.raises(Permanent):
        segment(value)


def test_ids_are_quoted() -> None:
    assert segment("a/b?c#d e") == "a%2Fb%3Fc%23d%20e"


def test_only_plain_names_of_fields_are_passed_on() -> None:
    assert field_names(["job_id", "Ada Lovelace", "x" * 41, 7, None, "a.b-c"]) == ("job_id", "a.b-c")


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_a_standard_parser_reads_our_multipart(contents: list[bytes]) -> None:
    parts = [
        Part(name=f"f{n}", content=c, file_name=f"{n}.pdf", media_type="application/pdf")
        for n, c in enumerate(contents)
    ]
    content_type, body = multipart(parts)
    assert multipart(parts) == (content_type, body)
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    read = message.get_payload()
    assert isinstance(read, list)
    assert len(read) == len(parts)
    boundary = content_type.partition("boundary=")[2].encode()
    assert not any(boundary in content for content in contents)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"x-ratelimit-limit": "50", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795435230"}, 30.0),
        ({"x-rate-limit-limit": "10", "x-rate-limit-remaining": "0", "x-rate-limit-reset": "7"}, 7.0),
        ({"x-ratelimit-limit": "50", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "30"}, 0.0),
        ({"x-ratelimit-remaining": "0"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "nan"}, 0.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "999999"}, 3600.0),
    ],
)
def test_rate_headers(headers: dict[str, str], wait_s: float) -> None:
    limits = limits_told(headers, at=1795435200.0)
    assert limits is not None
    assert limits.wait_s == wait_s


def test_no_rate_headers_no_limits() -> None:
    assert limits_told({"x-ratelimit-limit": "soon"}, at=0.0) is None
    assert limits_told({}, at=0.0) is None
