"""Numbered lists keep the numbers their author saw, whichever word processor or page they come from."""

from io import BytesIO

import pytest

from render.cell_jobs import ResumeLimits
from render.numerals import letter, roman
from render.parts import Block, FlowPart
from render.resume_kinds import load_resume
from tests.browser.render_files import docx_file, odt_file
from tests.unit.render.reading import blocks

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def item(list_id: int, level: int = 0) -> str:
    numbers = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return f"<w:p><w:pPr>{numbers}</w:pPr><w:r><w:t>x</w:t></w:r></w:p>"


def level(depth: int, form: str, text: str, start: int = 1, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbered(numbering: str, *items: str) -> list[str]:
    content = docx_file("".join(items), parts={"word/numbering.xml": f"<w:numbering {_W}>{numbering}</w:numbering>"})
    return [line.removesuffix("x").strip() for line in blocks(content)]


def test_docx_numbers_are_written_as_their_list_says() -> None:
    shape = (
        level(0, "upperLetter", "Part %1:", start=2)
        + level(1, "decimalZero", "(%2)")
        + level(2, "lowerRoman", "%1.%2.%3")
        + level(3, "decimal", "%1.%4", more="<w:isLgl/>")
        + level(4, "decimal", "")
        + level(5, "bullet", "o")
    )
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{shape}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    marks = numbered(numbering, *(item(1, depth) for depth in (0, 1, 1, 2, 2, 3, 4, 5, 0, 2)))
    assert marks == ["Part B:", "(01)", "(02)", "B.02.i", "B.02.ii", "2.1", "", "•", "Part C:", "C.01.i"]


def test_docx_lists_of_one_definition_count_on_until_one_begins_anew() -> None:
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}</w:abstractNum>'
        '<w:abstractNum w:abstractNumId="1"><w:numStyleLink w:val="Mine"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="2"><w:styleLink w:val="Mine"/>{level(0, "upperRoman", "%1)")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="7"/>'
        '</w:lvlOverride></w:num><w:num w:numId="4"><w:abstractNumId w:val="1"/></w:num>'
        f'<w:num w:numId="5"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">{level(0, "bullet", "-")}'
        "</w:lvlOverride></w:num>"
    )
    marks = numbered(numbering, *map(item, (1, 2, 3, 3, 4, 4, 5, 9)))
    assert marks == ["1.", "2.", "7.", "8.", "I)", "II)", "•", "•"]


def test_docx_a_numbered_heading_stays_a_heading() -> None:
    heading = item(1).replace("<w:pPr>", '<w:pPr><w:outlineLvl w:val="0"/>')
    numbering = (
        f'<w:abstractNum w:abstractNumId="0">{level(0, "decimal", "%1.")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    content = docx_file(heading, parts={"word/numbering.xml": f"<w:numbering {_W}>{numbering}</w:numbering>"})
    part = load_resume(BytesIO(content), ResumeLimits())
    assert isinstance(part, FlowPart)
    assert [(piece.kind, piece.text) for piece in part.pieces if isinstance(piece, Block)] == [("heading", "1. x")]


@pytest.mark.parametrize(("count", "letters", "numeral"), [
    (1, "a", "i"), (26, "z", "xxvi"), (27, "aa", "xxvii"), (1994, "1994", "mcmxciv"), (0, "0", "0"), (-3, "-3", "-3"),
    (4_000, "4000", "4000"),
])  # fmt: skip
def test_letters_and_roman_numerals(count: int, letters: str, numeral: str) -> None:
    assert (letter(count), roman(count)) == (letters, numeral)


_ODT_STYLES = (
    '<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
    '<text:list-style style:name="L1">'
    '<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="." text:start-value="3"/>'
    '<text:list-level-style-number text:level="2" style:num-format="a" style:num-prefix="(" style:num-suffix=")"'
    ' text:display-levels="2"/><text:list-level-style-bullet text:level="3"/></text:list-style>'
    '<text:list-style style:name="L2"><text:list-level-style-number text:level="1" style:num-format=""/>'
    "</text:list-style>"
    "</office:automatic-styles>"
)


def odt_lines(lists: str) -> list[str]:
    return blocks(odt_file(lists, styles=_ODT_STYLES))


def test_odt_numbers_are_counted_by_level_and_go_on_where_the_list_says_so() -> None:
    p = "<text:p>x</text:p>"
    one = f"<text:list-item>{p}</text:list-item>"
    lists = (
        f'<text:list text:style-name="L1"><text:list-header>{p}</text:list-header>'
        f"<text:list-item>{p}{p}</text:list-item>"
        f"<text:list-item>{p}<text:list><text:list-item>{p}</text:list-item><text:list-item>{p}"
        f"<text:list><text:list-item>{p}</text:list-item></text:list></text:list-item></text:list></text:list-item>"
        f'<text:list-item text:start-value="9">{p}</text:list-item></text:list>{p}'
        f'<text:list text:style-name="L1" text:continue-numbering="true">{one}</text:list>'
        f'<text:list text:style-name="L1">{one}</text:list><text:list text:style-name="other">{one}</text:list>'
        f'<text:list text:style-name="L2">{one}</text:list>'
    )
    assert odt_lines(lists) == [
        "x", "3. x", "x", "4. x", "(4.a) x", "(4.b) x", "• x", "9. x", "x", "10. x", "3. x", "• x", "x",
    ]  # fmt: skip


def test_odt_spaces_of_the_file_are_no_spaces_of_the_text() -> None:
    assert odt_lines("<text:p>one\n   two<text:span>\n three</text:span></text:p>") == ["one two three"]


def test_html_numbers_are_those_a_browser_shows() -> None:
    page = (
        b"<ol><li>x<li>x<ul><li>x</ul><li value=7>x<li>x</ol><ol start=4 type=a><li>x</ol><ol reversed type=I><li>x"
        b"<li>x<ol><li>x</ol></ol><li>x</li><ol start=nonsense><li><p>x</p><p>x</p></ol>"
    )
    assert blocks(b"<html><body>" + page) == [
        "1. x", "2. x", "• x", "7. x", "8. x", "d. x", "II. x", "I. x", "1. x", "• x", "1. x", "x",
    ]  # fmt: skip
