"""Tags for the pages of a resume: in a tagged document screen readers pass over everything that has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream
from pikepdf import String as PdfString

_MOST_PIECES: Final = 10_000
_PIECE: Final = re.compile(rb"/MCID\s+(\d{1,4})(?!\d)")
_FORM_ON_TOP: Final = re.compile(rb"q [-\d. ]+ cm /FFT\d+ Do Q\s*")  # as PDFium draws it, behind all else
_SCAN: Final = "Page {} of {} of the resume, a picture. Its words are not in this document as text."


def tag_pages(document: Pdf, first: int) -> None:
    """One element for each page from `first` on, and one for each link on it, behind the profile's own.

    What is a heading or a table there nobody says, so it is a paragraph; a page without any text is a figure.
    """
    tree = document.Root.get("/StructTreeRoot")
    if tree is None:
        return
    resume = _element(document, "Sect", tree.K, K=Array())
    pages = list(document.pages)[first:]
    for number, page in enumerate(pages, start=1):
        resume.K.append(_tagged(document, page, resume, _SCAN.format(number, len(pages))))
        resume.K.extend(_tagged_links(document, page, resume))
    tree.K.K.append(resume)


def _tagged(document: Pdf, page: Page, resume: Object, alt: str) -> Object:
    """Of a page whose maker marked its content those pieces, in their order; else all of it as one."""
    pieces = sorted(_pieces(page))
    if pieces:
        pieces += _form_on_top(document, page, pieces[-1] + 1)
    else:
        pieces = [0]
        page.contents_add(b"/P <</MCID 0>> BDC", prepend=True)
        page.contents_add(b"EMC")
    element = _element(document, "P", resume, Pg=page.obj, K=Array(pieces))
    if not _has_text(page):
        element.S, element.Alt = Name.Figure, PdfString(alt)
    owners = Array([None] * (pieces[-1] + 1))
    for piece in pieces:
        owners[piece] = element
    page.obj.StructParents = _noted(document, document.make_indirect(owners))
    return element


def _pieces(page: Page) -> set[int]:
    """The numbers of the pieces that the page's maker marked, in the content itself or by a name."""
    contents = page.obj.Contents
    streams = list(contents) if isinstance(contents, Array) else [contents]
    found = {int(mark[1]) for stream in streams for mark in _PIECE.finditer(stream.read_bytes())}
    named: list[Any] = [one.get("/MCID") for one in _resources(page, "/Properties") if isinstance(one, Dictionary)]
    return found | {piece for piece in named if isinstance(piece, int) and 0 <= piece < _MOST_PIECES}


def _form_on_top(document: Pdf, page: Page, piece: int) -> list[int]:
    """What was typed into a form or noted, and drawn into the page when the resume was read: one more piece."""
    contents = page.obj.Contents
    drawn = contents[-1].read_bytes() if isinstance(contents, Array) else b""
    if not _FORM_ON_TOP.fullmatch(drawn):
        return []
    contents[-1] = document.make_stream(b"/P <</MCID %d>> BDC\n%s\nEMC" % (piece, drawn))
    return [piece]


def _has_text(page: Page) -> bool:
    forms = any(isinstance(one, Stream) and one.get("/Subtype") == Name.Form for one in _resources(page, "/XObject"))
    return forms or bool(_resources(page, "/Font"))


def _resources(page: Page, kind: str) -> list[Object]:
    group = page.obj.Resources.get(kind)
    return list(group.values()) if isinstance(group, Dictionary) else []


def _tagged_links(document: Pdf, page: Page, resume: Object) -> Iterator[Object]:
    for note in page.obj.get("/Annots", Array()):
        kept = Dictionary(Type=Name.OBJR, Obj=note, Pg=page.obj)
        link = _element(document, "Link", resume, Pg=page.obj, K=kept)
        note.StructParent = _noted(document, link)
        page.obj.Tabs = Name.S
        yield link


def _element(document: Pdf, kind: str, parent: Object, **more: Any) -> Object:
    return document.make_indirect(Dictionary(Type=Name.StructElem, S=Name("/" + kind), P=parent, **more))


def _noted(document: Pdf, owner: Object) -> int:
    """The place in the tree's list of who owns what, under which a page or link finds `owner`."""
    tree = document.Root.StructTreeRoot
    place = int(tree.ParentTreeNextKey)
    tree.ParentTree.Nums.append(place)
    tree.ParentTree.Nums.append(owner)
    tree.ParentTreeNextKey = place + 1
    return place
