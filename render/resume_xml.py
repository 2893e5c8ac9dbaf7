"""Resumes in one XML file: Word 2003, flat DOCX and ODT by their own readers; of any other the text, by elements."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from lxml import etree

from render.archive import Parts
from render.cell_jobs import ResumeLimits
from render.flow import Line, flow, limits_of
from render.parts import FlowPart, Piece, Refused
from render.resume_docx import docx_pieces, foreign_pieces
from render.resume_odt import odt_flow
from render.safe_xml import Element, attribute, child, named, parsed

_NEVER_SHOWN: Final = frozenset({"script", "style", "binData", "binary-data"})


def load_xml(content: bytes, limits: ResumeLimits) -> FlowPart:
    """Raises Refused with damaged, empty, too_large or too_complex."""
    root = parsed(content)
    match named(root):
        case "package":
            return flow("docx", docx_pieces(_flat_parts(root), limits, foreign_pieces))
        case "wordDocument":
            return flow("docx", docx_pieces(Parts({"word/document.xml": content}), limits, foreign_pieces))
        case "document" if child(root, "body", "text") is not None:
            return odt_flow(Parts({"content.xml": content, "styles.xml": content}), limits)
    return flow("xml", list(_texts(root, limits)))


def _flat_parts(root: Element) -> Parts:
    """The parts of a DOCX written as one XML file."""
    members: dict[str, bytes] = {}
    for part in root:
        inner, packed = child(part, "xmlData"), child(part, "binaryData")
        if inner is not None and len(inner):
            members[attribute(part, "name")] = etree.tostring(inner[0])
        elif packed is not None:
            members[attribute(part, "name")] = _unpacked(packed.text or "")
    return Parts(members)


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        raise Refused("damaged") from None


def _texts(root: Element, limits: ResumeLimits) -> Iterator[Piece]:
    left = limits_of(limits)
    for event, element in etree.iterwalk(root, events=("start", "end")):
        text = element.text if event == "start" else element.tail
        owner = element if event == "start" else element.getparent()
        if not text or owner is None or named(owner) in _NEVER_SHOWN:
            continue
        line = Line(limits=left)
        line.add(" ".join(text.split()))
        block = line.block()
        if block:
            yield block
