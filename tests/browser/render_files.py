"""Resume files of every kind, made on the spot so that each test shows what is inside."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from pikepdf import Array, Dictionary, Name, Page, Pdf
from PIL import Image, ImageDraw

_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A4: Final = (0, 0, 595, 842)


def pdf_file(pages: int = 1, *, text: str = "Resume page", box: tuple[float, ...] = _A4) -> bytes:
    """A PDF with `text` and a number on each page, in Helvetica."""
    document = Pdf.new()
    font = document.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    for number in range(1, pages + 1):
        drawing = f"BT /F1 14 Tf 60 {min(box[3], 842) - 80} Td ({text} {number}) Tj ET".encode()
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array(list(box)),
            Resources=Dictionary(Font=Dictionary(F1=font)),
            Contents=document.make_stream(drawing),
        )
        document.pages.append(Page(document.make_indirect(page)))
    return saved(document)


def saved(document: Pdf, **options: object) -> bytes:
    out = io.BytesIO()
    document.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def picture(size: tuple[int, int] = (620, 877), text: str = "SCAN") -> Image.Image:
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((50, 50), text, fill="black")
    return image


def image_file(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture().save(out, kind, **options)
    return out.getvalue()


def docx_file(body: str = "", *, paragraphs: int = 0, parts: dict[str, str | bytes] | None = None) -> bytes:
    """A DOCX with `body` (WordprocessingML) and that many plain paragraphs, and any other `parts`."""
    plain = "".join(
        f'<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">Job {number}: </w:t></w:r>'
        f"<w:r><w:t>ran the line, trained people, kept the gauges in order.</w:t></w:r></w:p>"
        for number in range(paragraphs)
    )
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{_W}" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
        'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        f"<w:body>{body}{plain}</w:body></w:document>"
    )
    return zip_file({"word/document.xml": document, **(parts or {})})


def paragraph(text: str, properties: str = "") -> str:
    return f'<w:p>{properties}<w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def zip_file(members: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def odt_file(body: str, *, styles: str = "") -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<office:document-content xmlns:office="{office}office:1.0" xmlns:text="{office}text:1.0" '
        f'xmlns:table="{office}table:1.0" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"{styles}<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zip_file({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})
