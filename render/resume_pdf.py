"""PDF resumes: every page as received, and of everything that is not page only plain https and mailto links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Final

from pikepdf import (
    Array,
    Dictionary,
    Name,
    Object,
    ObjectStreamMode,
    Page,
    PasswordError,
    Pdf,
    PdfError,
    Rectangle,
    Stream,
)
from pikepdf import String as PdfString

from render.cell_jobs import ResumeLimits
from render.links import resume_link
from render.parts import PagesPart, Refused

_PAGE_KEYS: Final = ("/Contents", "/MediaBox", "/CropBox", "/Rotate", "/Group", "/UserUnit")
_RESOURCE_KEYS: Final = (
    "/ColorSpace",
    "/ExtGState",
    "/Font",
    "/Pattern",
    "/ProcSet",
    "/Properties",
    "/Shading",
    "/XObject",
)
_BAGGAGE: Final = (
    "/AF", "/Alternates", "/F", "/FDecodeParms", "/FFilter", "/LastModified", "/Metadata", "/OPI", "/PieceInfo", "/PS",
    "/Ref", "/StructParent", "/StructParents",
)  # fmt: skip
_DEEPEST: Final = 12
_LINKS_PER_PAGE: Final = 500
_SMALLEST_PT: Final = 36.0
_LARGEST_PT: Final = 2_400.0
_A4: Final = (595.0, 842.0)
_BOX: Final = 4
_ABSURD: Final = 1e7


def load_pdf(content: bytes, limits: ResumeLimits) -> PagesPart:
    """The pages of `content`, safe to append. Raises Refused with password, damaged, too_many_pages."""
    with _opened(content) as source:
        damaged = any("damaged" in warning or "reconstruct" in warning for warning in map(str, source.get_warnings()))
        _show_forms(source)
        return _copied(source, limits, repaired=damaged)


def _opened(content: bytes) -> Pdf:
    try:
        return Pdf.open(BytesIO(content), suppress_warnings=True)
    except PasswordError:
        raise Refused("password") from None
    except (PdfError, ValueError, RuntimeError, RecursionError):
        raise Refused("damaged") from None


def _show_forms(source: Pdf) -> None:
    """What somebody typed into a form is drawn into the page, since the form itself is not kept."""
    if "/AcroForm" not in source.Root and not any(_is_drawn(note) for page in source.pages for note in _notes(page)):
        return
    try:
        source.generate_appearance_streams()
        source.flatten_annotations("screen")
    except (PdfError, ValueError, RuntimeError, TypeError):
        return


def _is_drawn(note: Object) -> bool:
    return note.get("/Subtype") != Name.Link and "/AP" in note


def _copied(source: Pdf, limits: ResumeLimits, *, repaired: bool) -> PagesPart:
    count = len(source.pages)
    if not any("/Contents" in page.obj or "/Annots" in page.obj for page in source.pages):
        raise Refused("damaged")  # no pages, or none that was ever written on
    if count > limits.pages:
        raise Refused("too_many_pages")
    target = Pdf.new()
    seen: set[tuple[int, int]] = set()
    unreadable = sum(not _append(target, source, page, seen) for page in source.pages)
    if unreadable == count:
        raise Refused("damaged")
    for index in range(count):
        _fit(target, index)
    return PagesPart(kind="pdf", pdf=saved(target), pages=count, repaired=repaired or unreadable > 0)


def saved(target: Pdf) -> bytes:
    out = BytesIO()
    target.save(out, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)
    return out.getvalue()


def _append(target: Pdf, source: Pdf, page: Page, seen: set[tuple[int, int]]) -> bool:
    """Copies one page, built anew from what a page needs; False when its content cannot be read and it stays white."""
    bare = Dictionary(Type=Name.Page)
    for key in _PAGE_KEYS:
        if key in page.obj:
            bare[key] = page.obj[key]
    resources = page.obj.get("/Resources")
    bare.Resources = _scrubbed(resources, seen, 0) if isinstance(resources, Dictionary) else Dictionary()
    readable = _is_readable(page)
    if not readable:
        bare.Contents = Array([])
    target.pages.append(Page(source.make_indirect(bare)))
    links = [target.make_indirect(_link(*found)) for found in _safe_links(page)]
    if links:
        target.pages[-1].obj.Annots = Array(links)
    return readable


def _is_readable(page: Page) -> bool:
    try:
        contents = page.obj.get("/Contents")
        for stream in contents if isinstance(contents, Array) else [contents] if contents is not None else []:
            if not isinstance(stream, Stream):
                return False
            _strip(stream)
            stream.read_bytes()
    except (PdfError, ValueError, RuntimeError):
        return False
    return True


def _scrubbed(resources: Object, seen: set[tuple[int, int]], depth: int) -> Dictionary:
    """The known kinds of resource, and in their streams nothing that points outside the file or runs."""
    kept = Dictionary()
    for key in _RESOURCE_KEYS:
        if key in resources:
            kept[key] = resources[key]
    if depth < _DEEPEST:
        for drawing in _drawings(kept):
            _scrub(drawing, seen, depth)
    return kept


def _drawings(resources: Object) -> Iterator[Object]:
    for key in ("/XObject", "/Pattern", "/Font"):
        group = resources.get(key)
        if isinstance(group, Dictionary):
            yield from (one for one in group.values() if isinstance(one, Dictionary | Stream))
    states = resources.get("/ExtGState")
    for state in states.values() if isinstance(states, Dictionary) else ():
        mask = state.get("/SMask") if isinstance(state, Dictionary) else None
        if isinstance(mask, Dictionary) and isinstance(mask.get("/G"), Stream):
            yield mask.G


def _scrub(drawing: Object, seen: set[tuple[int, int]], depth: int) -> None:
    if drawing.is_indirect:
        if drawing.objgen in seen:
            return
        seen.add(drawing.objgen)
    _strip(drawing)
    glyphs = drawing.get("/CharProcs")
    for glyph in glyphs.values() if isinstance(glyphs, Dictionary) else ():
        _strip(glyph)
    inner = drawing.get("/Resources")
    if isinstance(inner, Dictionary):
        drawing.Resources = _scrubbed(inner, seen, depth + 1)


def _strip(thing: Object) -> None:
    if not isinstance(thing, Dictionary | Stream):
        return
    for key in _BAGGAGE:
        if key in thing:
            del thing[key]
    if thing.get("/Subtype") == Name.PS:
        thing.Subtype = Name.Form


def _notes(page: Page) -> Iterable[Object]:
    notes = page.obj.get("/Annots")
    return [one for one in notes if isinstance(one, Dictionary)] if isinstance(notes, Array) else []


def _safe_links(page: Page) -> Iterator[tuple[list[float], str]]:
    for note in list(_notes(page))[:_LINKS_PER_PAGE]:
        action = note.get("/A")
        if note.get("/Subtype") != Name.Link or not isinstance(action, Dictionary) or action.get("/S") != Name.URI:
            continue
        address, rect = resume_link(str(action.get("/URI", ""))), _numbers(note.get("/Rect"))
        if address and len(rect) == _BOX:
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


def _numbers(found: Object | None) -> list[float]:
    try:
        numbers = [float(one) for one in found] if isinstance(found, Array) else []
    except (TypeError, ValueError):
        return []
    return numbers if all(abs(number) < _ABSURD for number in numbers) else []


def _fit(target: Pdf, index: int) -> None:
    """A page of impossible size is set on A4; others stay as they are."""
    page = target.pages[index]
    box = _numbers(page.obj.get("/MediaBox"))
    unit = _numbers(Array([page.obj.get("/UserUnit", 1)])) or [1.0]
    if len(box) != _BOX or min(abs(box[2] - box[0]), abs(box[3] - box[1])) < 1:
        page.obj.MediaBox = Array([0, 0, *_A4])
        box = [0.0, 0.0, *_A4]
    crop = _numbers(page.obj.get("/CropBox"))
    if "/CropBox" in page.obj and len(crop) != _BOX:
        del page.obj.CropBox
    if "/Rotate" in page.obj and not _turns_right(page.obj.Rotate):
        del page.obj.Rotate
    sides = [abs(box[2] - box[0]) * unit[0], abs(box[3] - box[1]) * unit[0]]
    if min(sides) < _SMALLEST_PT or max(sides) > _LARGEST_PT:
        _set_on_a4(target, index)


def _turns_right(turn: Object | int) -> bool:
    try:
        return int(turn) % 90 == 0
    except (TypeError, ValueError):
        return False


def _set_on_a4(target: Pdf, index: int) -> None:
    wild = target.pages[index]
    sheet = Dictionary(Type=Name.Page, MediaBox=Array([0, 0, *_A4]), Resources=Dictionary(), Contents=Array([]))
    target.pages.insert(index, Page(target.make_indirect(sheet)))
    try:
        target.pages[index].add_overlay(wild, Rectangle(0, 0, *_A4))
    except (PdfError, ValueError, RuntimeError):
        del target.pages[index]
        return
    del target.pages[index + 1]
