"""PDF resumes: every page as received, and of everything that is not page only plain https and mailto links."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Page, PasswordError, Pdf, PdfError
from pikepdf import String as PdfString

from render.cell_files import File
from render.cell_jobs import ResumeLimits
from render.links import resume_link
from render.parts import PagesPart, Refused
from render.pdf_file import opened
from render.resume_pdf_boxes import fit, rectangle
from render.resume_pdf_rescue import flattened
from render.resume_pdf_resources import contents, scrubbed

_PAGE_KEYS: Final = ("/MediaBox", "/CropBox", "/Rotate", "/Group", "/UserUnit")
_LINKS_PER_PAGE: Final = 500
_NEVER_DRAWN: Final = frozenset({"/Link", "/Popup"})
_SIGNS_OF_DAMAGE: Final = ("damaged", "reconstruct", "stream as empty")
_LAYER_KEYS: Final = ("/Type", "/Name", "/Intent")
_LAYER_STATES: Final = ("/BaseState", "/ON", "/OFF")
_BROKEN: Final = (PdfError, ValueError, RuntimeError, RecursionError, TypeError, KeyError, AttributeError)


def load_pdf(file: File, limits: ResumeLimits) -> PagesPart:
    """The pages of `file`, safe to append. Raises Refused with password, damaged, too_many_pages."""
    try:
        with _opened(file) as source:
            if len(source.pages) > limits.pages:
                raise Refused("too_many_pages")
            if not _has_more_than_pages(source):
                return _copied(source)
            return _drawn(source)
    except _BROKEN:
        raise Refused("damaged") from None


def _opened(file: File) -> Pdf:
    try:
        return opened(file)
    except PasswordError:
        raise Refused("password") from None


def _has_more_than_pages(source: Pdf) -> bool:
    """Whether a form or notes are to be drawn into the pages, since they themselves are not kept."""
    return "/AcroForm" in source.Root or any(
        str(note.get("/Subtype")) not in _NEVER_DRAWN for page in source.pages for note in _notes(page)
    )


def _drawn(source: Pdf) -> PagesPart:
    """By PDFium, which also draws what the file gives no appearance for; by qpdf what PDFium cannot open."""
    try:
        with _opened(BytesIO(flattened(saved(source)))) as drawn:
            if len(drawn.pages) == len(source.pages):
                return _copied(drawn, repaired=_was_damaged(source))
    except (Refused, *_BROKEN):
        pass
    with contextlib.suppress(*_BROKEN):
        source.generate_appearance_streams()
        source.flatten_annotations("screen")
    return _copied(source)


def _was_damaged(source: Pdf) -> bool:
    """As far as it has been read."""
    return any(word in said for said in map(str, source.get_warnings()) for word in _SIGNS_OF_DAMAGE)


def _copied(source: Pdf, *, repaired: bool = False) -> PagesPart:
    count = len(source.pages)
    if not any("/Contents" in page.obj for page in source.pages):
        raise Refused("damaged")  # no pages, or none that was ever written on
    target = Pdf.new()
    with contextlib.suppress(*_BROKEN):
        _keep_layers(target, source)
    seen: set[tuple[int, int]] = set()
    whole = [_append(target, source, page, seen) for page in source.pages]
    if not any(whole) and not any(len(page.obj.Contents) for page in target.pages):
        raise Refused("damaged")
    for index in range(count):
        fit(target, index)
    repaired = repaired or not all(whole) or _was_damaged(source)
    return PagesPart(kind="pdf", pdf=saved(target), pages=count, repaired=repaired)


def _keep_layers(target: Pdf, source: Pdf) -> None:
    """Which layers are hidden: without it a viewer would show them all. Before the pages, which hold the layers too."""
    found = source.Root.get("/OCProperties")
    groups, default = (found.get(key) if isinstance(found, Dictionary) else None for key in ("/OCGs", "/D"))
    if not isinstance(groups, Array) or not isinstance(default, Dictionary):
        return
    for group in groups:
        for key in list(group.keys()) if isinstance(group, Dictionary) else ():
            if key not in _LAYER_KEYS:
                del group[key]
    states = Dictionary({key: default[key] for key in _LAYER_STATES if key in default})
    states.Name = PdfString("Layers")  # PDF/UA-1, 7.10
    kept = source.make_indirect(Dictionary(OCGs=groups, D=states))
    target.Root.OCProperties = target.copy_foreign(kept)


def saved(target: Pdf) -> bytes:
    out = BytesIO()
    target.save(out, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _append(target: Pdf, source: Pdf, page: Page, seen: set[tuple[int, int]]) -> bool:
    """Copies one page, built anew from what a page needs; False when some of its content could not be read."""
    streams, whole = contents(page)
    bare = Dictionary(Type=Name.Page, Contents=Array(streams), Resources=scrubbed(page.obj.get("/Resources"), seen))
    for key in _PAGE_KEYS:
        if key in page.obj:
            bare[key] = page.obj[key]
    target.pages.append(Page(source.make_indirect(bare)))
    links = [target.make_indirect(_link(*found)) for found in _safe_links(page)]
    if links:
        target.pages[-1].obj.Annots = Array(links)
    return whole


def _notes(page: Page) -> Iterable[Object]:
    notes = page.obj.get("/Annots")
    return [one for one in notes if isinstance(one, Dictionary)] if isinstance(notes, Array) else []


def _safe_links(page: Page) -> Iterator[tuple[list[float], str]]:
    for note in list(_notes(page))[:_LINKS_PER_PAGE]:
        action = note.get("/A")
        if note.get("/Subtype") != Name.Link or not isinstance(action, Dictionary) or action.get("/S") != Name.URI:
            continue
        address, rect = resume_link(str(action.get("/URI", ""))), rectangle(note.get("/Rect"))
        if address and rect:
            yield rect, address


def _link(rect: list[float], address: str) -> Dictionary:
    return Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([round(number, 3) for number in rect]),
        Border=Array([0, 0, 0]),
        F=4,
        A=Dictionary(S=Name.URI, URI=PdfString(address)),
        Contents=PdfString(address),
    )
