"""Multipart bodies: what is read, and what is refused rather than guessed."""

from __future__ import annotations

import aiohttp
import pytest

from adapters.sandbox.multipart import parts_of

KIND = "multipart/form-data; boundary=edge"


def body(*parts: str) -> bytes:
    return "".join(f"--edge\r\n{part}\r\n" for part in parts).encode() + b"--edge--\r\n"


def test_fields_and_files_in_order() -> None:
    field = 'Content-Disposition: form-data; name="jobId"\r\n\r\n17'
    file = (
        'content-disposition: form-data; name="resume"; filename="p.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF'
    )
    first, second = parts_of(KIND, body(field, file))
    assert (first.name, first.file_name, first.text) == ("jobId", None, "17")
    assert (second.name, second.file_name, second.content_type, second.content) == (
        "resume",
        "p.pdf",
        "application/pdf",
        b"%PDF",
    )


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ('filename="a\\"b.pdf"', 'a"b.pdf'),
        ("filename=\"x.pdf\"; filename*=UTF-8''Z%C3%BC%20b.pdf", "Zü b.pdf"),
        ('filename="Zoë.pdf"', "Zoë.pdf"),
        ('filename=""', ""),
    ],
)
def test_file_names(given: str, name: str) -> None:
    (part,) = parts_of(KIND, body(f'Content-Disposition: form-data; name="f"; {given}\r\n\r\nx'))
    assert part.file_name == name


def test_content_may_hold_line_ends_and_anything_binary() -> None:
    content = bytes(range(256)) + b"\r\n--edg\r\n\r\n"
    raw = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="b"\r\n\r\n' + content + b"\r\n--edge--\r\n"
    assert parts_of(KIND, raw)[0].content == content


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", body("x")),
        (KIND, b""),
        (KIND, b"--other\r\n\r\n--other--\r\n"),
        (KIND, b'--edge\r\nContent-Disposition: form-data; name="f"\r\n\r\nx'),
        (KIND, body("no headers at all")),
        (KIND, body("Content-Disposition: form-data\r\n\r\nx")),
        (KIND, body('Content-Disposition: attachment; name="f"\r\n\r\nx')),
    ],
)
def test_a_malformed_body_is_refused(kind: str, raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"multipart|bound|part|header"):
        parts_of(kind, raw)


async def test_what_another_library_writes_can_be_read() -> None:
    form = aiohttp.FormData()
    form.add_field("jobId", "17")
    form.add_field("resume", b"\x00%PDF", filename='Zoë\'s "CV".pdf', content_type="application/pdf")
    payload = form()
    written = await payload.as_bytes()
    first, second = parts_of(payload.headers["Content-Type"], written)
    assert (first.name, first.text) == ("jobId", "17")
    assert (second.name, second.content) == ("resume", b"\x00%PDF")
