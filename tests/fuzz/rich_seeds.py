"""Valid files with a little of everything in them, so that a change of structure meets every branch of a reader."""

from __future__ import annotations

import io
from typing import Any

from pikepdf import Array, Dictionary, Encryption, Name, Object, ObjectStreamMode, Pdf
from pikepdf import String as PdfString

from tests.browser.render_files import docx_file, image_file, odt_file, paragraph, pdf_file, saved

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def rich_seeds() -> list[bytes]:
    """PDF with and without object streams, DOCX, ODT, flat XML, HTML, RTF."""
    html = (
        b"<html><body><h1>Maria</h1><table><tr><td>a<td><table><tr><td>b</table></table><ul><li>x<ul><li>y</ul></ul>"
        b"<a href='https://x.example'>l</a><pre> as typed </pre><p style='display:none'>z</p></body></html>"
    )
    flat = f'<?xml version="1.0"?><w:wordDocument {_W}><w:body>{_body()}</w:body></w:wordDocument>'
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}\f0 \'cf\'f0 {\b b}\u1234?\par"
        rb"{\*\generator x;}\trowd\cellx100 a\cell b\cell\row}"
    )
    return [
        _pdf(),
        _pdf(object_stream_mode=ObjectStreamMode.generate),
        _pdf(encryption=Encryption(owner="x", user="", R=6)),
        _docx(),
        odt_file(
            "<text:h>H</text:h><text:p>one<text:s text:c='3'/><text:a xlink:href='https://x.example'>l</text:a></text:p>"
            "<text:list><text:list-item><text:p>i</text:p></text:list-item></text:list><table:table><table:table-row>"
            "<table:table-cell><text:p>c</text:p></table:table-cell></table:table-row></table:table>"
        ),
        flat.encode(),
        html,
        rtf,
    ]


def _pdf(**options: object) -> bytes:
    with Pdf.open(io.BytesIO(pdf_file(2))) as document:
        page = document.pages[0].obj
        _add_picture(document, page)
        _add_notes(document, page)
        _add_layer(document, page)
        return saved(document, **options)


def _add_picture(document: Pdf, page: Object) -> None:
    page.Resources.XObject = Dictionary(
        P=document.make_stream(
            bytes(300), Type=Name.XObject, Subtype=Name.Image, Width=10, Height=10, BitsPerComponent=8,
            ColorSpace=Name.DeviceRGB,
        ),
        F=document.make_stream(
            b"0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 50, 50]), Resources=Dictionary(),
        ),
    )  # fmt: skip
    page.Contents = Array([page.Contents, document.make_stream(b"q 50 0 0 50 9 9 cm /P Do Q /F Do")])


def _add_notes(document: Pdf, page: Object) -> None:
    look = document.make_stream(b"0 0 99 20 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 99, 20]))
    notes = [
        _note(Subtype=Name.Stamp, AP=Dictionary(N=look)),
        _note(Subtype=Name.FreeText, Contents=PdfString("words"), DA=PdfString("/Helv 9 Tf 0 g")),
        _note(Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=PdfString("https://x.example"))),
        _note(Subtype=Name.Widget, FT=Name.Tx, T=PdfString("t"), V=PdfString("v"), DA=PdfString("/Helv 9 Tf")),
    ]
    page.Annots = Array([document.make_indirect(note) for note in notes])
    document.Root.AcroForm = Dictionary(Fields=Array([page.Annots[3]]), NeedAppearances=True)


def _note(**more: Any) -> Dictionary:
    return Dictionary(Type=Name.Annot, Rect=Array([50, 50, 149, 70]), F=4, **more)


def _add_layer(document: Pdf, page: Object) -> None:
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name=PdfString("l")))
    page.Resources.Properties = Dictionary(L=layer)
    document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(OFF=Array([layer])))


def _body() -> str:
    cell = f"<w:tc>{paragraph('c')}</w:tc>"
    return (
        paragraph("Maria", '<w:pPr><w:pStyle w:val="H"/></w:pPr>')
        + paragraph("item", '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr>')
        + f"<w:tbl><w:tr>{cell}<w:tc>{paragraph('d')}<w:tbl><w:tr>{cell}{cell}</w:tr></w:tbl></w:tc></w:tr></w:tbl>"
        + '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://x.example"</w:instrText>'
        + '</w:r><w:r><w:fldChar w:fldCharType="separate"/><w:t>l</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )


def _docx() -> bytes:
    more = (
        '<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><a:blip r:embed="p"/><w:txbxContent>'
        + paragraph("box")
        + '</w:txbxContent></w:drawing></mc:Choice></mc:AlternateContent></w:r></w:p><w:altChunk r:id="c"/>'
    )
    relations = "".join(
        f'<Relationship Id="{key}" Type="x/{kind}" Target="{target}"/>'
        for key, kind, target in (("p", "image", "p.png"), ("c", "aFChunk", "c.html"), ("h", "header", "h.xml"))
    )
    styles = (
        f'<w:styles {_W}><w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/></w:style></w:styles>'
    )
    numbers = (
        f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="1"><w:numFmt w:val="upperRoman"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    return docx_file(
        _body() + more,
        parts={
            "word/_rels/document.xml.rels": f"<Relationships>{relations}</Relationships>",
            "word/p.png": image_file("PNG"),
            "word/c.html": b"<html><p>chunk</p></html>",
            "word/h.xml": f"<w:hdr {_W}>{paragraph('header')}</w:hdr>",
            "word/styles.xml": styles,
            "word/numbering.xml": numbers,
            "word/footnotes.xml": f"<w:footnotes {_W}><w:footnote>{paragraph('note')}</w:footnote></w:footnotes>",
        },
    )
