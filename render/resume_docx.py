"""DOCX resumes as text blocks: a walk over the XML, 36 times faster than a converter (pdf.md section 8)."""

from __future__ import annotations

import posixpath
from typing import Final

from render.archive import Archive
from render.cell_jobs import ResumeLimits
from render.docx_styles import read_styles
from render.docx_walk import Walk
from render.flow import flow, limits_of
from render.parts import Block, FlowPart, Piece, Refused
from render.safe_xml import Element, attribute, child, named, parsed

_NOTE_KINDS: Final = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def load_docx(content: bytes, limits: ResumeLimits) -> FlowPart:
    """Headers, body, notes and footers in that order. Raises Refused with damaged, empty, password or too_large."""
    archive = Archive(content, limits.unzipped_bytes)
    main = main_part(archive)
    walk = Walk(
        archive=archive, styles=read_styles(archive, posixpath.dirname(main)), limits=limits_of(limits), targets={}
    )
    body = _body(walk, main)
    heads, tails = _beside(walk, main, "header"), _beside(walk, main, "footer")
    return flow("docx", [*heads, *body, *_notes(walk, main, "footnote"), *_notes(walk, main, "endnote"), *tails])


def main_part(archive: Archive) -> str:
    """Where the document is: makers differ, so the package's own relationships say it first."""
    for kind, target, _ in _relations(archive, ""):
        if kind == "officeDocument" and target in archive:
            return target
    if "word/document.xml" in archive:
        return "word/document.xml"
    raise Refused("damaged")


def _body(walk: Walk, main: str) -> list[Piece]:
    content = archive_part(walk, main)
    body = child(content, "body")
    if body is None:
        raise Refused("damaged")
    return walk.pieces(body)


def archive_part(walk: Walk, name: str) -> Element:
    """The root of a part, with its relations known to the walk."""
    walk.targets = {key: target for _, target, key in _relations(walk.archive, name)}
    return parsed(walk.archive.read(name))


def _beside(walk: Walk, main: str, kind: str) -> list[Piece]:
    """Headers or footers: name and telephone often stand only there. The same text is kept once."""
    found: list[Piece] = []
    for relation, target, _ in _relations(walk.archive, main):
        if relation == kind and target in walk.archive:
            found += [piece for piece in walk.pieces(archive_part(walk, target)) if piece not in found]
    return [piece for piece in found if not (isinstance(piece, Block) and piece.text.strip().isdigit())]


def _notes(walk: Walk, main: str, kind: str) -> list[Piece]:
    name = posixpath.join(posixpath.dirname(main), f"{kind}s.xml")
    if name not in walk.archive:
        return []
    notes = [
        one for one in archive_part(walk, name) if named(one) == kind and attribute(one, "type") not in _NOTE_KINDS
    ]
    return [piece for note in notes for piece in walk.pieces(note)]


def _relations(archive: Archive, part: str) -> list[tuple[str, str, str]]:
    """(kind, target, id) of each relationship of `part`; an outside target keeps its address."""
    folder, name = posixpath.split(part)
    content = archive.read(posixpath.join(folder, "_rels", f"{name}.rels"))
    found = []
    for one in parsed(content) if content else ():
        target = attribute(one, "Target")
        if attribute(one, "TargetMode") != "External":
            target = (
                target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            )
        found.append((attribute(one, "Type").rsplit("/", 1)[-1], target, attribute(one, "Id")))
    return found
