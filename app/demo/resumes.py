"""Resumes as people send them: PDF, DOCX, a photograph, plain text, none at all, and one that no program can open."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import zipfile
from typing import Any, Final
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

from app.demo.script import read
from app.demo.values import Contact, Job

KINDS: Final = ("pdf", "pdf", "pdf", "docx", "docx", "jpeg", "text", "none", "broken")
_FIXED_TIME: Final = (2026, 1, 5, 8, 0, 0)
_MEDIA: Final = {
    "pdf": ("resume.pdf", "application/pdf"),
    "docx": ("resume.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "jpeg": ("IMG_2041.jpg", "image/jpeg"),
    "text": ("resume.txt", "text/plain"),
    "broken": ("resume (final) v3.pdf", "application/pdf"),
}


def resume(rng: random.Random, kind: str, person: Contact, job: Job, mark: str) -> dict[str, Any] | None:
    """The event's `resume` value, or None. Every readable one holds `mark`."""
    if kind == "none":
        return None
    lines = _lines(rng, person, job, mark)
    content = {"pdf": _pdf, "docx": _docx, "jpeg": _jpeg, "text": _text, "broken": _broken}[kind](lines)
    name, media_type = _MEDIA[kind]
    return {
        "filename": name,
        "media_type": media_type,
        "content_base64": base64.b64encode(content).decode(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _lines(rng: random.Random, person: Contact, job: Job, mark: str) -> list[str]:
    trade = read("trades")[job.trade]
    began = rng.randint(1998, 2019)
    return [
        f"{person.first_name} {person.last_name}".strip(),
        f"{person.email}   {person.phone}",
        "",
        "EXPERIENCE",
        f"{trade['titles'][0]}, {began} to present",
        *(f"- {line}" for line in trade["strengths"]),
        f"- Lead hand on {mark}",
        f"{trade['titles'][-1]}, {began - rng.randint(2, 8)} to {began}",
        "",
        "SKILLS",
        *(f"- {name}" for name in trade["criteria"]),
        "",
        "EDUCATION",
        "Two-year certificate, community college",
    ]


def _text(lines: list[str]) -> bytes:
    return "\r\n".join(lines).encode()


def _pdf(lines: list[str]) -> bytes:
    """One page in Helvetica, written by hand: header, six objects, a cross-reference table that is right."""
    shown = b"\n".join(b"(" + _pdf_text(line) + b") Tj T*" for line in lines)
    stream = b"BT /F1 11 Tf 15 TL 64 720 Td\n" + shown + b"\nET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources 6 0 R >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Font << /F1 4 0 R >> >>",
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def _pdf_text(line: str) -> bytes:
    plain = line.encode("cp1252", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _docx(lines: list[str]) -> bytes:
    paragraphs = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in lines)
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Default Extension="rels" ContentType="{relations}"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="rId1" Type="{office}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{paragraphs}<w:sectPr/></w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, xml in parts.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), (head + xml).encode(), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _jpeg(lines: list[str]) -> bytes:
    """A photographed sheet: the built-in bitmap font, which has no letter beyond Latin-1."""
    sheet = Image.new("L", (480, 620), 244)
    pen = ImageDraw.Draw(sheet)
    for row, line in enumerate(lines):
        pen.text((28, 30 + 22 * row), line.encode("latin-1", "replace").decode("latin-1"), fill=30)
    out = io.BytesIO()
    sheet.rotate(1.2, fillcolor=120).save(out, "JPEG", quality=40)
    return out.getvalue()


def _broken(lines: list[str]) -> bytes:
    """The first half of a PDF whose upload was cut off."""
    whole = _pdf(lines)
    return whole[: len(whole) // 3]
