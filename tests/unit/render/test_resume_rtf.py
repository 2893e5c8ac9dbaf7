"""RTF resumes: the words a person sees in a word processor, whoever wrote the file, and none beside them."""

from io import BytesIO

import pytest

from render.cell_jobs import ResumeLimits
from render.parts import Block, FlowPart, NoticePart, Picture, ResumePart, Run, Table
from render.resume_kinds import load_resume
from tests.browser.render_files import image_file
from tests.unit.render import reading

_FONTS = (
    rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 MS Mincho;}{\f3\fcharset2 Symbol;}"
    rb"{\f4\fcharset77 Geneva;}{\f5\fcharset0\cpg65001 Any;}}"
)


def whole(body: bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> bytes:
    return rb"{\rtf1" + head + _FONTS + body + b"}"


def load(body: bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> ResumePart:
    return reading.load(whole(body, head))


def flow(body: bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> FlowPart:
    return reading.flow(whole(body, head))


def lines(body: bytes, head: bytes = rb"\ansi\ansicpg1252\deff0") -> list[str]:
    return reading.blocks(whole(body, head))


@pytest.mark.parametrize(
    ("letters", "shown"),
    [
        (rb"caf\'e9", "café"),
        (rb"\f1\'cf\'f0\'e8", "При"),
        (rb"\f2\'93\'fa\'96\'7b \'83\'5c", "日本 ソ"),
        (b"\\f2\\'93\xfa\\'96{\\f2 }", "日\ufffd"),
        (rb"\f4\'8e", "é"),
        (rb"\f5\'e4\'b8\'ad", "中"),
        (rb"\u1052?\u1072\'e0x", "\u041c\u0430x"),
        (rb"\uc2\u8364\'80\'80\uc0\u8364 x", "€€x"),
        (rb"\u-10179?\u-9138?", "\U0001f44e"),
        (rb"\f3\'b7", "•"),
        (rb"a\~b\_c\-d\{e\}\\", "a\u00a0b\u2011cd{e}\\"),
        (rb"\ldblquote a\rdblquote\emdash\bullet\tab b", "\u201ca\u201d\u2014\u2022\tb"),
    ],
)
def test_letters_of_every_kind_are_read(letters: bytes, shown: str) -> None:
    assert lines(letters + rb"\par") == [shown]


@pytest.mark.parametrize(
    ("head", "letters", "shown"),
    [
        (rb"\mac", rb"\'8e", "é"),
        (rb"\ansi\ansicpg10001", rb"\f9\'93\'fa", "日"),
        (rb"\ansi\ansicpg1251", rb"\'cf", "П"),
        (rb"\ansi\ansicpg99999", rb"\'e9", "é"),
    ],
)
def test_letters_without_a_font_that_says_more_are_read_by_the_page_of_the_file(
    head: bytes, letters: bytes, shown: str
) -> None:
    assert lines(letters, head) == [shown]


def test_what_a_reader_does_not_see_stays_unseen() -> None:
    body = (
        rb"{\info{\title NO}{\author NO}}{\stylesheet{\s0 NO;}}{\*\generator NO;}{\*\unknown NO{\b NO}}"
        rb"{\listtable{\list{\listname NO;}}}{\*\bkmkstart NO}one{\v NO}{\deleted NO} \v NO\v0 two"
        rb"{\annotation NO}{\nonshppict{\pict NO}}\par"
    )
    assert lines(body) == ["one two"]


def test_a_link_is_one_link_over_its_words_however_they_are_cut() -> None:
    field = (
        rb'{\field{\*\fldinst{HYPERLINK "https://git.example/maria"}}{\fldrslt{\ul git}{\ul .example}}}'
        rb'{\field{\*\fldinst HYPERLINK "javascript:x"}{\fldrslt  bad}} {\field{\*\fldinst PAGE}{\fldrslt 3}}\par'
    )
    assert flow(field).pieces[0] == Block(
        runs=(Run(text="git.example", href="https://git.example/maria"), Run(text=" bad 3"))
    )


def test_bold_and_italic_hold_to_the_end_of_their_group() -> None:
    assert flow(rb"{\b Maria {\i Lopez}} Welder\b  Lead\plain  here\par").pieces == (
        Block(
            runs=(
                Run(text="Maria ", bold=True),
                Run(text="Lopez", bold=True, italic=True),
                Run(text=" Welder"),
                Run(text=" Lead", bold=True),
                Run(text=" here"),
            )
        ),
    )


def test_marks_and_numbers_of_lists_stay() -> None:
    body = (
        rb"\pard{\listtext\f3\'b7\tab}\ls1\ilvl0 welding\par{\listtext 2.\tab}\ls2\ilvl1 lathes\par"
        rb"{\pntext\f0 iii)\tab}forklift\par\pard\ls1 crane\par\pard plain\par"
    )
    found = [(piece.kind, piece.level, piece.text) for piece in flow(body).pieces if isinstance(piece, Block)]
    assert found == [
        ("item", 0, "• welding"),
        ("item", 1, "2. lathes"),
        ("item", 1, "iii) forklift"),
        ("item", 0, "• crane"),
        ("paragraph", 0, "plain"),
    ]


def test_tables_keep_their_cells_and_the_text_after_them_its_place() -> None:
    body = (
        rb"before\par\trowd\pard\intbl 2019\cell Acme\par Welder\cell\row\trowd 2015\cell"
        rb"{\pard\intbl\itap2 Deep\nestcell{\*\nesttableprops\nestrow}{\nonesttables\par}}Mill\cell\row\pard after\par"
    )
    first, middle, last = flow(body).pieces
    assert isinstance(middle, Table)
    assert [[[block.text for block in cell] for cell in row] for row in middle.rows] == [
        [["2019"], ["Acme", "Welder"]],
        [["2015"], ["Deep", "Mill"]],
    ]
    assert [piece.text for piece in (first, last) if isinstance(piece, Block)] == ["before", "after"]


def test_headers_notes_boxes_and_footers_are_read_once_and_headings_known() -> None:
    body = (
        rb"{\stylesheet{\s1\b heading 1;}{\s2 Plain;}}{\header Maria Lopez\par}{\headerf Maria Lopez\par}"
        rb"{\footer Milwaukee\par 3\par}\pard\s1 Experience\par\pard\s2 Welder{\footnote since 2015}"
        rb"{\shp{\*\shpinst{\sp{\sn x}{\sv 3}}{\shptxt\pard Boxed\par}}{\shprslt Boxed}} at Acme\par"
        rb"\pard\outlinelevel0 Skills\par"
    )
    found = [(piece.kind, piece.text) for piece in flow(body).pieces if isinstance(piece, Block)]
    assert found == [
        ("paragraph", "Maria Lopez"),
        ("heading", "Experience"),
        ("paragraph", "Welder at Acme"),
        ("paragraph", "Boxed"),
        ("heading", "Skills"),
        ("paragraph", "since 2015"),
        ("paragraph", "Milwaukee"),
    ]


def test_pictures_are_shown_and_binary_data_is_stepped_over() -> None:
    photo = image_file("JPEG")
    body = rb"{\*\shppict{\pict\jpegblip " + photo.hex().encode() + rb"}}{\pict\wmetafile8 00ff}after\par"
    kinds = [type(piece) for piece in flow(body).pieces]
    assert kinds == [Block, Picture]
    assert lines(rb"one{\*\data\bin5 }}}}}two}\par") == ["one"]


def test_line_ends_of_old_and_new_makers_end_paragraphs() -> None:
    assert lines(b"one\\\ntwo\\par three\\line four\\sect five") == ["one", "two", "three\nfour", "five"]


@pytest.mark.parametrize("body", [b"}}}}", b"{" * 5_000, rb"\bin99999999 x", rb"\u", b"\\'", rb"{\pict\pngblip zz}"])
def test_broken_files_end_in_a_notice_or_in_what_is_left(body: bytes) -> None:
    part = load(body)
    assert isinstance(part, NoticePart)
    assert part.code in {"empty", "too_complex"}


def test_a_file_without_its_outer_group_is_read_too() -> None:
    part = load_resume(BytesIO(rb"{\pard \ql {\b Maria}\par}" + b"\n" + rb"{\pard Welder\par}"), ResumeLimits())
    assert isinstance(part, FlowPart)
    assert [piece.text for piece in part.pieces if isinstance(piece, Block)] == ["Maria", "Welder"]
