"""What a screen reader finds on the pages of a resume: they are tagged, whatever their maker left in them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf

from render.assemble import assemble
from render.cell_jobs import DocumentFacts, ResumeLimits
from render.parts import PagesPart
from render.resume_kinds import load_resume
from tests.browser.render_files import image_file, pdf_file, saved

FACTS = DocumentFacts(title="x", created_at="", accessible=False, manifest=())


def test_each_page_is_one_piece_behind_the_profile() -> None:
    with _opened(pdf_file(2)) as document:
        tree = document.Root.StructTreeRoot
        resume: Any = tree.K.K[-1]
        pages = list(document.pages)[1:]
        assert [(str(one.S), list(one.K)) for one in resume.K] == [("/P", [0]), ("/P", [0])]
        assert [one.Pg.objgen for one in resume.K] == [page.obj.objgen for page in pages]
        assert [_owners(document, page)[0].objgen for page in pages] == [one.objgen for one in resume.K]
        drawn = [b"".join(stream.read_bytes() for stream in page.obj.Contents) for page in pages]
        assert [one.startswith(b"/P <</MCID 0>> BDC") and one.endswith(b"EMC") for one in drawn] == [True, True]


def test_pieces_that_its_maker_marked_are_taken_and_not_marked_again() -> None:
    def mark(page: Page) -> None:
        page.contents_add(b"/H1 <</MCID 7>> BDC ", prepend=True)
        page.contents_add(b" EMC /P /M BDC EMC /Artifact BMC EMC")
        page.obj.Resources.Properties = Dictionary(M=Dictionary(MCID=3))

    with _opened(_changed(mark)) as document:
        page = document.pages[1]
        element: Any = document.Root.StructTreeRoot.K.K[-1].K[0]
        assert list(element.K) == [3, 7]
        assert [one is not None and one.objgen == element.objgen for one in _owners(document, page)] == [
            number in (3, 7) for number in range(8)
        ]
        assert b"/P <</MCID 0>>" not in b"".join(stream.read_bytes() for stream in page.obj.Contents)


def test_a_note_drawn_into_a_page_whose_maker_marked_it_is_a_piece_too() -> None:
    def change(page: Page) -> None:
        page.contents_add(b"/P <</MCID 0>> BDC ", prepend=True)
        page.contents_add(b" EMC")
        square = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([9, 9, 99, 99]), C=Array([1, 0, 0]))
        page.obj.Annots = Array([square])

    with _opened(_changed(change)) as document:
        pages: list[Any] = list(document.Root.StructTreeRoot.K.K[-1].K)
        assert [list(page.K) for page in pages] == [[0, 1], [0]]
        assert document.pages[1].obj.Contents[-1].read_bytes().startswith(b"/P <</MCID 1>> BDC\nq ")
        assert len(_owners(document, document.pages[1])) == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda page: page.contents_add(b"/P <</MCID 99999999999>> BDC EMC"), id="huge"),
        pytest.param(lambda page: _named(page, Dictionary(M=Dictionary(MCID=2_000_000_000))), id="huge by name"),
        pytest.param(lambda page: _named(page, Dictionary(M=Dictionary(MCID=-1))), id="negative"),
        pytest.param(lambda page: _named(page, Dictionary(M=Dictionary(MCID=Name.X), N=Array())), id="no number"),
        pytest.param(lambda page: _named(page, Array([1])), id="no names"),
        pytest.param(lambda page: page.obj.Resources.__setitem__("/XObject", Array([1])), id="no drawings"),
        pytest.param(lambda page: page.obj.__setitem__("/Contents", Array([])), id="nothing drawn"),
    ],
)
def test_nonsense_in_marks_costs_no_page(change: Callable[[Page], None]) -> None:
    with _opened(_changed(change)) as document:
        assert [list(one.K) for one in document.Root.StructTreeRoot.K.K[-1].K] == [[0], [0]]


def test_a_page_without_text_is_a_figure_that_says_so() -> None:
    with _opened(image_file("PNG")) as document:
        (figure,) = document.Root.StructTreeRoot.K.K[-1].K
        assert figure.S == "/Figure"
        assert str(figure.Alt).startswith("Page 1 of 1 of the resume, a picture.")


def test_a_link_has_an_element_that_leads_to_it() -> None:
    def link(page: Page) -> None:
        action = Dictionary(S=Name.URI, URI="https://shop.example/")
        page.obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=action)])

    with _opened(_changed(link)) as document:
        (note,) = document.pages[1].obj.Annots
        element: Any = document.Root.StructTreeRoot.K.K[-1].K[1]
        assert (element.S, element.K.Obj.objgen) == ("/Link", note.objgen)
        assert _found(document, int(note.StructParent)).objgen == element.objgen
        assert document.pages[1].obj.Tabs == "/S"


def test_places_in_the_tree_are_never_given_twice() -> None:
    with _opened(pdf_file(3)) as document:
        tree = document.Root.StructTreeRoot
        places = [int(place) for place in list(tree.ParentTree.Nums)[::2]]
        assert places == [0, 1, 2, 3]
        assert tree.ParentTreeNextKey == 4


def _opened(resume: bytes) -> Pdf:
    part = load_resume(io.BytesIO(resume), ResumeLimits())
    assert isinstance(part, PagesPart)
    profile = _profile()
    made = assemble(io.BytesIO(profile), io.BytesIO(part.pdf), FACTS)
    assert assemble(io.BytesIO(profile), io.BytesIO(part.pdf), FACTS).content == made.content
    return Pdf.open(io.BytesIO(made.content))


def _profile() -> bytes:
    """One tagged page, as Chromium would leave it."""
    with Pdf.open(io.BytesIO(pdf_file())) as document:
        whole = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, K=Array()))
        owners = document.make_indirect(Array([whole]))
        document.pages[0].obj.StructParents = 0
        document.Root.StructTreeRoot = document.make_indirect(
            Dictionary(
                Type=Name.StructTreeRoot, K=whole, ParentTree=Dictionary(Nums=Array([0, owners])), ParentTreeNextKey=1
            )
        )
        return saved(document)


def _changed(change: Callable[[Page], None]) -> bytes:
    """A resume of two pages, its first one changed."""
    with Pdf.open(io.BytesIO(pdf_file(2))) as document:
        change(document.pages[0])
        return saved(document)


def _named(page: Page, names: Array | Dictionary) -> None:
    page.obj.Resources.Properties = names


def _owners(document: Pdf, page: Page) -> list[Any]:
    return list(_found(document, int(page.obj.StructParents)))


def _found(document: Pdf, place: int) -> Any:
    listed: list[Any] = list(document.Root.StructTreeRoot.ParentTree.Nums)
    return dict(zip(listed[::2], listed[1::2], strict=True))[place]
