"""What a page of a PDF resume draws with: contents and resources, without anything that points outside or runs."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from pikepdf import Array, Dictionary, Name, Object, Page, PdfError, Stream

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
_BITE_BYTES: Final = 256
_LARGEST_BYTES: Final = 64_000_000


def contents(page: Page) -> tuple[list[Stream], bool]:
    """The streams that draw `page`, as far as they can be read, and whether that is all of them."""
    found = page.obj.get("/Contents")
    streams = list(found) if isinstance(found, Array) else [found]
    whole = [isinstance(stream, Stream) and _is_readable(stream) for stream in streams]
    kept = [
        stream
        for stream, good in zip(streams, whole, strict=True)
        if isinstance(stream, Stream) and (good or _salvaged(stream))
    ]
    return kept, all(good or stream is None for stream, good in zip(streams, whole, strict=True))


def _is_readable(stream: Stream) -> bool:
    _strip(stream)
    try:
        stream.read_bytes()
    except (PdfError, ValueError, RuntimeError):
        return False
    return True


def _salvaged(stream: Stream) -> bool:
    """Keeps what comes before the damage, as viewers do; False when that is nothing."""
    try:
        packed = stream.read_raw_bytes()
    except (PdfError, ValueError, RuntimeError):
        return False
    plain = _inflated(packed) if stream.get("/Filter") in (Name.FlateDecode, Array([Name.FlateDecode])) else b""
    if not plain:
        return False
    stream.write(plain)
    return True


def _inflated(packed: bytes) -> bytes:
    """Bite by bite: zlib keeps nothing of the bite in which it fails."""
    engine, plain = zlib.decompressobj(), bytearray()
    for start in range(0, len(packed), _BITE_BYTES):
        try:
            plain += engine.decompress(packed[start : start + _BITE_BYTES], _LARGEST_BYTES)
        except zlib.error:
            break
        if len(plain) > _LARGEST_BYTES:
            break
    return bytes(plain)


def scrubbed(resources: Object | None, seen: set[tuple[int, int]], depth: int = 0) -> Dictionary:
    """The known kinds of resource, and in their streams nothing that points outside the file or runs."""
    kept = Dictionary()
    if not isinstance(resources, Dictionary):
        return kept
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
        drawing.Resources = scrubbed(inner, seen, depth + 1)


def _strip(thing: Object) -> None:
    if not isinstance(thing, Dictionary | Stream):
        return
    for key in _BAGGAGE:
        if key in thing:
            del thing[key]
    if thing.get("/Subtype") == Name.PS:
        thing.Subtype = Name.Form
