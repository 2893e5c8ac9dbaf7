"""What Word, its older versions and other makers put into a document beside plain paragraphs: it arrives too, once."""

from __future__ import annotations

from io import BytesIO

import pytest

from render.cell_jobs import ResumeLimits
from render.parts import Block, NoticePart, Picture, Table
from render.resume_kinds import load_resume
from tests.browser.render_files import docx_file, image_file, odt_file, paragraph, zip_file
from tests.unit.render.reading import blocks, flow, lines

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def runs(content: bytes) -> list[tuple[str, str | None]]:
    block = flow(content).pieces[0]
    assert isinstance(block, Block)
    return [(run.text, run.href) for run in block.runs]


def related(*targets: tuple[str, str]) -> str:
    return (
        "<Relationships>"
        + "".join(f'<Relationship Id="{key}" Type="x/y" Target="{target}"/>' for key, target in targets)
        + "</Relationships>"
    )


def field(instruction: str, result: str, marks: str = "") -> str:
    def char(kind: str, inner: str = "") -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}">{inner}</w:fldChar></w:r>'

    return (
        char("begin", marks)
        + f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
        + char("separate")
        + f"<w:r><w:t>{result}</w:t></w:r>"
        + char("end")
    )


def test_docx_an_address_in_a_field_stays_a_link() -> None:
    body = f"<w:p>{field('HYPERLINK &quot;https://git.example/m&quot;', 'code')}<w:r><w:t> after</w:t></w:r></w:p>"
    assert runs(docx_file(body)) == [("code", "https://git.example/m"), (" after", None)]
    instruction = "HYPERLINK &quot;https://git.example/m&quot;"
    body = f'<w:fldSimple w:instr=" {instruction} "><w:r><w:t>c</w:t></w:r></w:fldSimple>'
    assert runs(docx_file(f"<w:p>{body}</w:p>")) == [("c", "https://git.example/m")]


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "\\\\host\\share", "http://x.example"]
)
def test_docx_no_other_address_in_a_field_becomes_one(address: str) -> None:
    body = f"<w:p>{field(f'HYPERLINK &quot;{address}&quot;', 'words')}</w:p>"
    assert runs(docx_file(body)) == [("words", None)]


def test_docx_fields_that_never_end_or_never_began_cost_nothing() -> None:
    begin, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "end"))
    assert blocks(docx_file(f"<w:p>{end * 3}{begin * 500}<w:r><w:t>words</w:t></w:r></w:p>")) == ["words"]


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        ("<w:checkBox><w:checked/></w:checkBox>", "\u2612 forklift"),
        ('<w:checkBox><w:default w:val="0"/></w:checkBox>', "\u2610 forklift"),
        ("<w:checkBox/>", "\u2610 forklift"),
        ('<w:ddList><w:result w:val="1"/><w:listEntry w:val="A"/><w:listEntry w:val="B"/></w:ddList>', "B forklift"),
        ('<w:ddList><w:result w:val="9"/><w:listEntry w:val="A"/></w:ddList>', " forklift"),
    ],
)
def test_docx_boxes_of_an_old_form_show_what_was_chosen(box: str, shown: str) -> None:
    form = field("FORM", "", f"<w:ffData>{box}</w:ffData>")
    assert blocks(docx_file(f'<w:p>{form}<w:r><w:t xml:space="preserve"> forklift</w:t></w:r></w:p>')) == [shown]


@pytest.mark.parametrize(
    "chunk",
    [
        b"<html><body><p>inside</p></body></html>",
        b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>inside</p>",
        rb"{\rtf1\ansi inside\par}",
        b"inside",
        docx_file(paragraph("inside")),
    ],
)
def test_docx_a_document_of_another_format_inside_is_read(chunk: bytes) -> None:
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related(("c", "chunk.bin")),
        "word/chunk.bin": chunk,
    }
    body = paragraph("before") + '<w:altChunk r:id="c"/>' + paragraph("after")
    assert blocks(docx_file(body, parts=parts)) == ["before", "inside", "after"]


def test_docx_of_several_bodies_all_are_read() -> None:
    assert lines(docx_file(paragraph("one") + "</w:body><w:body>" + paragraph("two"))) == ["one", "two"]


def test_docx_a_document_in_a_document_in_a_document_is_not_opened() -> None:
    def nested(inner: bytes) -> bytes:
        parts: dict[str, str | bytes] = {"word/_rels/document.xml.rels": related(("c", "c.docx")), "word/c.docx": inner}
        return docx_file(paragraph("level") + '<w:altChunk r:id="c"/>', parts=parts)

    assert blocks(nested(nested(nested(docx_file(paragraph("level")))))) == ["level", "level"]


def test_docx_a_chunk_that_cannot_be_read_costs_its_own_words_only() -> None:
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related(("c", "c")),
        "word/c": b"PK\x03\x04 broken",
    }
    assert blocks(docx_file(paragraph("kept") + '<w:altChunk r:id="c"/>', parts=parts)) == ["kept"]


def test_docx_a_diagram_says_its_words() -> None:
    data = '<d:dataModel xmlns:d="d" xmlns:a="a"><d:t><a:p><a:r><a:t>Step one</a:t></a:r></a:p></d:t></d:dataModel>'
    parts: dict[str, str | bytes] = {"word/_rels/document.xml.rels": related(("d", "d.xml")), "word/d.xml": data}
    assert blocks(
        docx_file('<w:p><w:r><w:drawing><x:relIds xmlns:x="x" r:dm="d"/></w:drawing></w:r></w:p>', parts=parts)
    ) == ["Step one"]


def test_docx_an_alternative_that_says_nothing_gives_way_to_the_next() -> None:
    body = (
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice>"
        f"<mc:Fallback><w:pict><w:txbxContent>{paragraph('old way')}</w:txbxContent></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert blocks(docx_file(body)) == ["old way"]


def test_docx_a_drawing_with_words_and_a_photograph_keeps_both() -> None:
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related(("p", "p.png")),
        "word/p.png": image_file("PNG"),
    }
    group = f'<a:blip r:embed="p"/><w:txbxContent>{paragraph("Maria")}</w:txbxContent>'
    pieces = flow(docx_file(f"<w:p><w:r><w:drawing>{group}</w:drawing></w:r></w:p>", parts=parts)).pieces
    assert [type(piece) for piece in pieces] == [Picture, Block]


@pytest.mark.parametrize(("words", "shown"), [("Maria", [Block]), ("", [Picture])])
def test_docx_a_picture_behind_the_text_is_shown_only_where_there_is_no_text(words: str, shown: list[type]) -> None:
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related(("p", "p.png")),
        "word/p.png": image_file("PNG"),
    }
    drawing = '<w:drawing><w:anchor behindDoc="1"><a:blip r:embed="p"/></w:anchor></w:drawing>'
    pieces = flow(docx_file(f"<w:p><w:r>{drawing}</w:r></w:p>{paragraph(words)}", parts=parts)).pieces
    assert [type(piece) for piece in pieces] == shown


def test_docx_a_scan_behind_the_words_of_a_footer_is_shown() -> None:
    related_to = related(("p", "p.png")).replace(
        "</Relationships>", '<Relationship Id="f" Type="x/footer" Target="footer1.xml"/></Relationships>'
    )
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related_to,
        "word/p.png": image_file("PNG"),
        "word/footer1.xml": f"<w:ftr {_W}>{paragraph('Page')}</w:ftr>",
    }
    drawing = '<w:drawing><w:anchor behindDoc="1"><a:blip r:embed="p"/></w:anchor></w:drawing>'
    pieces = flow(docx_file(f"<w:p><w:r>{drawing}</w:r></w:p>", parts=parts)).pieces
    assert [type(piece) for piece in pieces] == [Block, Picture]


def test_docx_ornaments_take_no_room_from_pictures() -> None:
    parts: dict[str, str | bytes] = {
        "word/_rels/document.xml.rels": related(("p", "p.png")),
        "word/p.png": image_file("PNG"),
    }
    anchor = '<w:r><w:drawing><w:anchor behindDoc="{}"><a:blip r:embed="p"/></w:anchor></w:drawing></w:r>'
    body = f"<w:p>{anchor.format(1) * ResumeLimits().pictures}{anchor.format(0)}</w:p>{paragraph('Maria')}"
    assert [type(piece) for piece in flow(docx_file(body, parts=parts)).pieces] == [Picture, Block]


def test_docx_a_text_box_in_a_text_box_is_read_once() -> None:
    inner = f"<w:p><w:r><w:pict><w:txbxContent>{paragraph('inner')}</w:txbxContent></w:pict></w:r></w:p>"
    box = f"<w:txbxContent>{paragraph('outer')}{inner}</w:txbxContent>"
    assert blocks(docx_file(f"<w:p><w:r><w:drawing>{box}</w:drawing></w:r></w:p>")) == ["outer", "inner"]


def test_docx_a_row_that_was_deleted_is_gone() -> None:
    cells = "<w:tc>{}</w:tc><w:tc>{}</w:tc>"
    kept, gone = cells.format(paragraph("a"), paragraph("b")), cells.format(paragraph("NO"), paragraph("NO"))
    body = f"<w:tbl><w:tr>{kept}</w:tr><w:tr><w:trPr><w:del/></w:trPr>{gone}</w:tr></w:tbl>"
    table = flow(docx_file(body)).pieces[0]
    assert isinstance(table, Table)
    assert len(table.rows) == 1


def test_word_2003_and_flat_documents_are_read_like_the_others() -> None:
    inner = f"<w:body>{paragraph('Maria')}</w:body>"
    old = (
        f'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument {_W}>{inner}</w:wordDocument>'
    )
    relation = (
        '<Relationships><Relationship Id="1" Type="x/officeDocument" Target="word/document.xml"/></Relationships>'
    )
    document = f"<w:document {_W}>{inner}</w:document>"
    flat = (
        '<?xml version="1.0"?><pkg:package xmlns:pkg="p">'
        f'<pkg:part pkg:name="/_rels/.rels"><pkg:xmlData>{relation}</pkg:xmlData></pkg:part>'
        f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{document}</pkg:xmlData></pkg:part>'
        '<pkg:part pkg:name="/word/x.png"><pkg:binaryData>eA==</pkg:binaryData></pkg:part></pkg:package>'
    )
    assert blocks(old.encode()) == blocks(flat.encode()) == blocks(old.encode("utf-16")) == ["Maria"]
    assert {flow(content.encode()).kind for content in (old, flat)} == {"docx"}


def test_a_flat_odt_and_its_page_header() -> None:
    content = (
        '<?xml version="1.0"?><o:document xmlns:o="o" xmlns:t="t" xmlns:s="s"><s:header><t:p>Head</t:p></s:header>'
        "<o:body><o:text><t:p>Maria</t:p></o:text></o:body></o:document>"
    )
    assert blocks(content.encode()) == ["Head", "Maria"]
    assert flow(content.encode()).kind == "odt"


def test_of_any_other_xml_the_words_are_shown_and_not_the_markup() -> None:
    content = b'<?xml version="1.0"?><cv><n>Maria</n><job>Welder <b>TIG</b> since 2015</job><script>NO</script></cv>'
    assert blocks(content) == ["Maria", "Welder", "TIG", "since 2015"]


def test_broken_xml_is_a_notice() -> None:
    part = load_resume(BytesIO(b"<?xml version='1.0'?>"), ResumeLimits())
    assert part == NoticePart(code="damaged")


def test_odt_a_table_in_a_table_is_read_once_and_in_its_place() -> None:
    def cell(inner: str) -> str:
        return f"<table:table-cell>{inner}</table:table-cell>"

    def row(*texts: str) -> str:
        return f"<table:table-row>{''.join(cell(text) for text in texts)}</table:table-row>"

    def words(text: str) -> str:
        return f"<text:p>{text}</text:p>"

    inner = f"<table:table>{row(words('in'), words('side'))}</table:table>"
    heads = f"<table:table-header-rows>{row(words('head'), words('er'))}</table:table-header-rows>"
    pieces = flow(odt_file(f"<table:table>{heads}{row(words('a') + inner, words('b'))}</table:table>")).pieces
    assert [type(piece).__name__ for piece in pieces] == ["Table", "Block", "Table", "Block"]
    tables = [
        [block.text for row in piece.rows for cell in row for block in cell]
        for piece in pieces
        if isinstance(piece, Table)
    ]
    assert tables == [["head", "er"], ["in", "side"]]


def test_a_zip_without_a_document_is_a_notice() -> None:
    part = load_resume(BytesIO(zip_file({"x": b"y"})), ResumeLimits())
    assert part == NoticePart(code="unsupported")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Section", "heading"),
        ("Resume Heading", "heading"),
        ("Section text", "paragraph"),
        ("subheadings", "paragraph"),
    ],
)
def test_docx_the_headings_of_templates_are_headings(name: str, kind: str) -> None:
    styles = f'<w:styles {_W}><w:style w:type="paragraph" w:styleId="S"><w:name w:val="{name}"/></w:style></w:styles>'
    body = paragraph("Education", '<w:pPr><w:pStyle w:val="S"/></w:pPr>')
    block = flow(docx_file(body, parts={"word/styles.xml": styles})).pieces[0]
    assert isinstance(block, Block)
    assert block.kind == kind
