"""What the parent of all cells does before it forks, so that no cell does it for the first time.

The first runs of a piece of code write to memory that the cells share with their parent, page by page, and the
kernel copies each page that is written to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from io import BytesIO
from typing import Final

import msgspec
from pikepdf import Array, Dictionary, Name, Object, Pdf
from pikepdf import String as PdfString

from render.cell_jobs import Answer, AssembleJob, DocumentFacts, Job, Loaded, LoadJob, ResumeLimits
from render.cell_limits import CellLimits
from render.cell_order import SIZE, begin
from render.parts import PagesPart

_TIMES: Final = 12  # Python rewrites code of its own for speed at the eighth
_PARTS_PER_PAGE: Final = 150  # together some 50 KB and 200 objects: a usual profile
_HEADERS: Final = 180
_ROOM: Final = 1 << 18  # for a whole answer: nobody reads while it is written
_ANSWERS: Final = msgspec.msgpack.Decoder(Answer)
_FACTS: Final = DocumentFacts(
    title="Rehearsal",
    created_at="2026-01-01T00:00:00+00:00",
    accessible=False,
    manifest=(("application", "rehearsal"),),
)
_PAGE: Final = b"""q
.24 0 0 .24 0 0 cm
.9 g
0 0 100 100 re
f
/P <</MCID 0 >>BDC
BT
/F4 10.75 Tf
1 0 0 -1 60 1093 Tm
<00330044004A0048> Tj
ET
EMC
BT
/F4 10.75 Tf
(Page \\(1\\)) Tj
ET
/Link <</MCID 1 >>BDC
BT
<0015> Tj
ET
EMC
Q
"""
_PLAIN: Final = b"BT\n/F4 14 Tf 60 800 Td\n(Resume page 1) Tj\nET\n"
_MEANINGS: Final = b"2 beginbfchar\n<0033> <0050>\n<0003> <0000>\nendbfchar\n"


def rehearse(answers_one: Callable[[socket.socket], bool]) -> None:
    """The usual profile's jobs, as a cell gets them, with documents of our own.

    `answers_one`: answers the next order on this line, as a cell would. Raises what says that it did not.
    """
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)

        def answer(job: Job) -> Answer:
            ours.sendall(begin(ours, job, CellLimits()))
            answers_one(theirs)
            size = int.from_bytes(ours.recv(SIZE, socket.MSG_WAITALL), "big")
            answered: Answer = _ANSWERS.decode(ours.recv(size, socket.MSG_WAITALL))
            return answered

        profile, resume = _document(_PAGE * _PARTS_PER_PAGE), _document(_PLAIN)
        for _ in range(_TIMES):
            loaded = answer(LoadJob(content=resume, limits=ResumeLimits()))
            if not isinstance(loaded, Loaded) or not isinstance(loaded.part, PagesPart):
                raise TypeError("the rehearsal's resume was not loaded")
            answer(AssembleJob(profile=profile, resume=loaded.part, facts=_FACTS))


def _document(content: bytes) -> bytes:
    """With all that a usual profile of Chromium's has."""
    document, out = Pdf.new(), BytesIO()
    whole = document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, K=Array()))
    font = _font(document)
    owners = Array()
    for number in range(2):
        _add_page(document, font, number).Contents = document.make_stream(content)
        owners.append(number)
        owners.append(document.make_indirect(Array([whole, whole])))
    document.Root.StructTreeRoot = document.make_indirect(
        Dictionary(
            Type=Name.StructTreeRoot,
            K=whole,
            ParentTree=document.make_indirect(Dictionary(Nums=owners)),
            ParentTreeNextKey=2,
        )
    )
    whole.K.extend(_header(document, whole, number) for number in range(_HEADERS))
    document.Root.Outlines = _outlines(document)
    document.docinfo.Creator = PdfString("Rehearsal")
    document.save(out)
    return out.getvalue()


def _font(document: Pdf) -> Object:
    return document.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Rehearsal, ToUnicode=document.make_stream(_MEANINGS)
        )
    )


def _add_page(document: Pdf, font: Object, number: int) -> Object:
    page = document.add_blank_page().obj
    page.Resources = Dictionary(
        Font=Dictionary(F4=font), ExtGState=Dictionary(G3=document.make_indirect(Dictionary(BM=Name.Normal)))
    )
    page.StructParents, page.Tabs = number, Name.S
    action = Dictionary(S=Name.URI, URI=PdfString("https://example.com/rehearsal"))
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([9, 9, 99, 99]), A=action)
    page.Annots = Array([document.make_indirect(link)])
    return page


def _header(document: Pdf, whole: Object, number: int) -> Object:
    """A table's header, as Chromium names it."""
    name = PdfString(f"node{number:08}")
    return document.make_indirect(Dictionary(Type=Name.StructElem, S=Name.TH, P=whole, ID=name))


def _outlines(document: Pdf) -> Object:
    outlines = document.make_indirect(Dictionary(Type=Name.Outlines, Count=2))
    first, last = (
        document.make_indirect(Dictionary(Title=PdfString(title), Parent=outlines, Dest=Array([0, Name.Fit])))
        for title in ("Resume", "MariaMaria")
    )
    first.Next, last.Prev, outlines.First, outlines.Last = last, first, first, last
    return outlines
