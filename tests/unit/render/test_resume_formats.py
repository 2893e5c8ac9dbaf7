"""Resumes that are not PDF: what is written in them arrives, in order, whoever made the file."""

import io
import tracemalloc

import pytest

from render.cell_jobs import ResumeLimits
from render.parts import Block, NoticePart, Picture
from render.resume_sniff import kind_of
from tests.browser.render_files import docx_file, paragraph, picture, zip_file
from tests.unit.render.reading import flow, lines, load

_STYLES = (
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Mine"><w:name w:val="Mine"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Bullets"><w:name w:val="List Bullet"/><w:pPr><w:numPr><w:numId w:val="1"/>'
    "</w:numPr></w:pPr></w:style></w:styles>"
)
_NUMBERS = (
    '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>'
    '<w:lvl w:ilvl="1"><w:numFmt w:val="lowerRoman"/></w:lvl></w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    "</w:numbering>"
)


def code(content: bytes, limits: ResumeLimits | None = None) -> str:
    part = load(content, limits)
    assert isinstance(part, NoticePart), part
    return part.code


def numbered(text: str, list_id: int, level: int = 0) -> str:
    inner = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return paragraph(text, f"<w:pPr>{inner}</w:pPr>")


def test_docx_headings_by_style_name_whatever_its_language() -> None:
    body = (
        paragraph("Erfahrung", '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>')
        + paragraph("Mine", '<w:pPr><w:pStyle w:val="Mine"/></w:pPr>')
        + paragraph("plain")
    )
    part = flow(docx_file(body, parts={"word/styles.xml": _STYLES}))
    assert [piece.kind for piece in part.pieces if isinstance(piece, Block)] == ["heading", "heading", "paragraph"]


def test_docx_lists_keep_their_marks_and_count() -> None:
    body = (
        numbered("a", 1)
        + numbered("one", 2)
        + numbered("sub", 2, 1)
        + numbered("sub", 2, 1)
        + numbered("two", 2)
        + numbered("again", 2, 1)
        + paragraph("by style", '<w:pPr><w:pStyle w:val="Bullets"/></w:pPr>')
    )
    content = docx_file(body, parts={"word/styles.xml": _STYLES, "word/numbering.xml": _NUMBERS})
    assert lines(content) == ["• a", "1. one", "i. sub", "ii. sub", "2. two", "i. again", "• by style"]


def test_docx_runs_breaks_links_and_symbols() -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="x/hyperlink" Target="https://git.example/m" TargetMode="External"/>'
        '<Relationship Id="rId2" Type="x/hyperlink" Target="javascript:alert(1)" TargetMode="External"/>'
        "</Relationships>"
    )
    body = (
        '<w:p><w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">Bold </w:t></w:r><w:r><w:rPr><w:b w:val="0"/></w:rPr>'
        "<w:t>not</w:t><w:tab/><w:t>tab</w:t><w:br/><w:t>line</w:t></w:r>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0B7"/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>HIDDEN</w:t></w:r>'
        '<w:hyperlink r:id="rId1"><w:r><w:t>code</w:t></w:r></w:hyperlink>'
        '<w:hyperlink r:id="rId2"><w:r><w:t>trap</w:t></w:r></w:hyperlink></w:p>'
    )
    part = flow(docx_file(body, parts={"word/_rels/document.xml.rels": relations}))
    block = part.pieces[0]
    assert isinstance(block, Block)
    assert block.text == "Bold not\ttab\nline•codetrap"
    assert [(run.text, run.bold) for run in block.runs][:1] == [("Bold ", True)]
    assert {run.href for run in block.runs} == {None, "https://git.example/m"}


def test_docx_tracked_changes_show_the_newest_text() -> None:
    body = "<w:p><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"
    assert lines(docx_file(body)) == ["new"]


def test_docx_fields_content_controls_and_smart_tags_keep_their_text() -> None:
    body = (
        '<w:sdt><w:sdtPr><w:alias w:val="NOT SHOWN"/></w:sdtPr><w:sdtContent>'
        + paragraph("in a control")
        + "</w:sdtContent></w:sdt><w:p><w:r><w:instrText>PAGE NOT SHOWN</w:instrText></w:r>"
        "<w:smartTag><w:r><w:t>smart</w:t></w:r></w:smartTag><w:fldSimple><w:r><w:t> field</w:t></w:r></w:fldSimple>"
        "</w:p>"
    )
    assert lines(docx_file(body)) == ["in a control", "smart field"]


def test_docx_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{paragraph('in a box')}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>before</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert lines(docx_file(body)) == ["before", "in a box"]


def test_docx_tables_nested_tables_and_one_cell_frames() -> None:
    def cell(inner: str) -> str:
        return f"<w:tc>{inner}</w:tc>"

    inner = f"<w:tbl><w:tr>{cell(paragraph('deep'))}{cell(paragraph('deeper'))}</w:tr></w:tbl>"
    body = f"<w:tbl><w:tr>{cell(paragraph('2019'))}{cell(paragraph('Acme') + inner)}</w:tr></w:tbl>"
    frame = f"<w:tbl><w:tr>{cell(paragraph('framed'))}</w:tr></w:tbl>"
    part = flow(docx_file(body + frame))
    assert [type(piece).__name__ for piece in part.pieces] == ["Block", "Block", "Table", "Block"]
    assert lines(docx_file(body + frame)) == ["2019", "Acme", "deep", "deeper", "framed"]


def test_docx_a_row_with_a_table_inside_keeps_its_place_among_plain_rows() -> None:
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    inner = f"<w:tbl>{row(paragraph('in'), paragraph('side'))}</w:tbl>"
    body = (
        f"<w:tbl>{row(paragraph('a'), paragraph('b'))}{row(paragraph('c') + inner, paragraph('d'))}"
        f"{row(paragraph('e'), paragraph('f'))}</w:tbl>"
    )
    part = flow(docx_file(body))
    assert [type(piece).__name__ for piece in part.pieces] == ["Table", "Block", "Table", "Block", "Table"]
    assert lines(docx_file(body)) == ["a", "b", "c", "in", "side", "d", "e", "f"]


def test_docx_headers_footers_and_notes_are_part_of_it() -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="x/header" Target="header1.xml"/><Relationship Id="b" Type="x/header" '
        'Target="/word/header2.xml"/><Relationship Id="c" Type="x/footer" Target="footer1.xml"/></Relationships>'
    )
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": relations,
        "word/header1.xml": f"<w:hdr {space}>{paragraph('Maria, 414 555 0137')}</w:hdr>",
        "word/header2.xml": f"<w:hdr {space}>{paragraph('Maria, 414 555 0137')}</w:hdr>",
        "word/footer1.xml": f"<w:ftr {space}>{paragraph('References')}{paragraph('3')}</w:ftr>",
        "word/footnotes.xml": (
            f'<w:footnotes {space}><w:footnote w:type="separator">{paragraph("NO")}</w:footnote>'
            f"<w:footnote>{paragraph('a note')}</w:footnote></w:footnotes>"
        ),
    }
    assert lines(docx_file(paragraph("body"), parts=parts)) == ["Maria, 414 555 0137", "body", "a note", "References"]


def test_docx_pictures_are_set_and_encoded_anew() -> None:
    out = io.BytesIO()
    picture().save(out, "PNG")
    relations = '<Relationships><Relationship Id="p" Type="x/image" Target="media/scan.png"/></Relationships>'
    body = '<w:p><w:r><w:drawing><a:blip r:embed="p"/></w:drawing></w:r></w:p>'
    parts: dict[str, str | bytes] = {"word/_rels/document.xml.rels": relations, "word/media/scan.png": out.getvalue()}
    part = flow(docx_file(body, parts=parts))
    assert isinstance(part.pieces[0], Picture)
    assert part.pieces[0].media_type == "image/jpeg"


def test_docx_of_the_strict_kind_and_from_unusual_makers() -> None:
    strict = (
        '<x:document xmlns:x="http://purl.oclc.org/ooxml/wordprocessingml/main"><x:body><x:p><x:r><x:t>strict</x:t></x:r>'
        "</x:p></x:body></x:document>"
    )
    assert lines(zip_file({"word/document.xml": strict})) == ["strict"]
    relations = '<Relationships><Relationship Id="1" Type="a/officeDocument" Target="/Word/Main.xml"/></Relationships>'
    assert lines(zip_file({"_rels\\.rels": relations, "word\\main.xml": strict})) == ["strict"]


def test_docx_entities_and_outside_files_are_never_read() -> None:
    evil = (
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
        '<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>safe &x; &b;</w:t></w:r></w:p></w:body></w:document>'
    )
    assert [line.strip() for line in lines(zip_file({"word/document.xml": evil}))] == ["safe"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        pytest.param(docx_file(""), "empty", id="nothing in it"),
        pytest.param(zip_file({"word/document.xml": "no xml <<<"}), "damaged", id="no xml"),
        pytest.param(zip_file({"word/other.xml": "<x/>"}), "damaged", id="no main part"),
        pytest.param(zip_file({"xl/workbook.xml": "<x/>"}), "unsupported", id="a sheet"),
        pytest.param(docx_file(paragraph("x"))[:-30], "damaged", id="cut"),
        pytest.param(docx_file("<w:sdt>" * 5_000 + paragraph("x") + "</w:sdt>" * 5_000), "too_complex", id="deep"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password", id="locked"
        ),
        pytest.param(b"Rar!\x1a\x07", "unsupported", id="rar"),
        pytest.param(b"   \n\x00 ", "empty", id="blank"),
    ],
)
def test_what_cannot_be_read_is_a_notice(content: bytes, wanted: str) -> None:
    assert code(content) == wanted


def test_a_zip_bomb_stops_at_the_limit() -> None:
    bomb = zip_file({"word/document.xml": b"<w>" + b" " * 30_000_000 + b"</w>"})
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        assert code(bomb, ResumeLimits(unzipped_bytes=1_000_000)) == "too_large"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_rtf_of_another_code_page() -> None:
    assert lines(rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2\par second\par}") == ["Привет", "second"]


def test_html_says_what_a_reader_would_see() -> None:
    content = (
        b"<html><head><title>NO</title><style>NO</style></head><body><script>NO</script>"
        b"<h1>Maria</h1>plain <b>bold</b> <a href='https://git.example/m'>code</a><br>next"
        b"<ul><li><p>one</p></li><li>two</li><li></li></ul><pre>  as\n typed</pre>"
        b"<p style='display: none'>NO</p><p style='color:red; font-size: 0px'>NO</p>"
        b"<p style='opacity:0!important'>NO</p><p hidden>NO</p>"
        b"<table><tr><td>l</td><td>r</td></tr></table></body></html>"
    )
    assert lines(content) == ["Maria", "plain bold code\nnext", "• one", "• two", "  as\n typed", "l", "r"]


def test_html_words_in_a_box_of_no_size_are_seen_where_they_have_one() -> None:
    inner = "<div style='font-size:13px'>Maria</div>"
    assert lines(f"<html><td style='font-size:0px; padding:20px'>{inner}</td></html>".encode()) == ["Maria"]
    nothing = inner.replace("13px", "0")
    assert code(f"<html><td style='font-size:0px'>{nothing}</td></html>".encode()) == "empty"


def test_mail_and_web_archives() -> None:
    content = (
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n'
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>caf=C3=A9</p>\r\n--b--\r\n"
    )
    assert lines(content) == ["café"]


def test_of_a_mail_the_page_is_shown_or_else_its_text_line_by_line() -> None:
    head = b"Return-Path: <m@example.com>\r\n" + b"Received: from a by b\r\n" * 60
    plain = b"Content-Type: text/plain\r\n\r\nMaria\r\nWelder\r\n"
    page = b"Content-Type: text/html\r\n\r\n<p>Maria</p><p>Welder</p>\r\n"
    both = (
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n' + plain + b"--b\r\n" + page + b"--b--\r\n"
    )
    assert lines(head + both) == ["Maria", "Welder"]
    assert lines(head + plain) == ["Maria\nWelder"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"junk %PDF-1.4", "pdf"),
        (b"\xef\xbb\xbf{\\rtf1", "rtf"),
        (b"PK\x03\x04", "zip"),
        (b"\x00\x00\x00\x18ftypheic", "image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image"),
        (b"\xff\x4f\xff\x51\x00", "image"),
        (b"  <!DOCTYPE html>", "html"),
        ("<html>".encode("utf-16"), "html"),
        (b"plain words", "words"),
        (b"Name: Maria\nContent: welding\n\nContent-Type: none", "words"),
        (b"MZ\x90\x00", "unknown"),
    ],
)
def test_the_kind_is_judged_by_the_bytes(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
