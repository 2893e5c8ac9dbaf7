"""Chromium's PDF into the finished document: accessibility, the resume's pages, bookmarks, manifest, fixed bytes."""

from __future__ import annotations

import re
from datetime import datetime
from io import BytesIO
from typing import Final

from msgspec import structs
from pikepdf import Array, Dictionary, Name, Object, ObjectStreamMode, Pdf
from pikepdf import String as PdfString

from render.artifacts import with_artifacts
from render.cell_files import File
from render.cell_jobs import Assembled, DocumentFacts
from render.glyphs import has_empty_box, mend_letters
from render.manifest import sealed, xmp
from render.pdf_file import opened, writable
from render.resume_tags import tag_pages

_NODE: Final = re.compile(rb"\(node\d{8}\)")
_SAID_TWICE: Final = re.compile(r"(.{5,}?)\1+", re.DOTALL)
_ROLES: Final = {"/Strong": "/Span", "/Em": "/Span", "/Title": "/H1", "/Aside": "/Div", "/FENote": "/Note"}


def assemble(profile: File, resume: File | None, facts: DocumentFacts) -> Assembled:
    """Chromium's PDF, with the resume's pages behind it, as the finished document. `profile` is changed in its place.

    The same input gives the same bytes: no clock, no random identifiers.
    """
    _renumber(profile)
    with opened(profile) as document:
        profile_pages = len(document.pages)
        whole = _make_accessible(document)
        if resume is not None:
            _append(document, resume)
        _describe(document, structs.replace(facts, accessible=facts.accessible and whole), profile_pages)
        out = BytesIO()
        document.save(
            out,
            object_stream_mode=ObjectStreamMode.generate,
            deterministic_id=True,
            min_version="1.7",
            linearize=False,
            fix_metadata_version=False,
        )
        return Assembled(content=sealed(out.getvalue()), pages=len(document.pages))


def _renumber(profile: File) -> None:
    """Chromium names table headers after its own count of nodes, which goes on from document to document."""
    with writable(profile) as printed:
        names = sorted(set(_NODE.findall(printed)))
        places = {name: b"(node%08d)" % number for number, name in enumerate(names)}
        for found in _NODE.finditer(printed):
            printed[found.start() : found.end()] = places[found[0]]


def _make_accessible(document: Pdf) -> bool:
    """What Chromium leaves open for PDF/UA-1 (pdf.md section 10). False where an empty box stands for a letter."""
    whole, seen = True, set[tuple[int, int]]()
    for page in document.pages:
        content = page.obj.Contents.read_bytes()
        whole = whole and not has_empty_box(content)
        page.obj.Contents.write(with_artifacts(content))
        mend_letters(page, seen)
        for note in page.obj.get("/Annots", Array()):
            _describe_link(note)
    tree = document.Root.get("/StructTreeRoot")
    if tree is not None:
        tree.RoleMap = Dictionary({name: Name(role) for name, role in _ROLES.items()})
    outlines = document.Root.get("/Outlines")
    if outlines is not None:
        _say_once(outlines)
    return whole


def _say_once(item: Object) -> None:
    """A heading laid out twice, because it moved to the next page, has its words twice in Chromium's bookmark."""
    child = item.get("/First")
    while child is not None:
        whole = _SAID_TWICE.fullmatch(str(child.Title))
        if whole:
            child.Title = PdfString(whole[1])
        _say_once(child)
        child = child.get("/Next")


def _describe_link(note: Object) -> None:
    action = note.get("/A")
    if "/Contents" not in note and isinstance(action, Dictionary) and "/URI" in action:
        note.Contents = PdfString(f"Link to {action.URI}")


def _append(document: Pdf, resume: File) -> None:
    """The resume behind the profile; appended to it, not both to a new file, which would lose the tags."""
    first = len(document.pages)
    with opened(resume) as source:
        document.pages.extend(source.pages)
        if "/OCProperties" in source.Root:
            document.Root.OCProperties = document.copy_foreign(source.Root.OCProperties)
    tag_pages(document, first)
    _bookmark(document, "Resume as received", document.pages[first].obj)


def _bookmark(document: Pdf, title: str, page: Object) -> None:
    """One more bookmark behind Chromium's own, which keep their links into the tags."""
    outlines = document.Root.get("/Outlines")
    if outlines is None:
        return
    item = document.make_indirect(
        Dictionary(Title=PdfString(title), Parent=outlines, Prev=outlines.Last, Dest=Array([page, Name.Fit]))
    )
    outlines.Last.Next = item
    outlines.Last = item
    outlines.Count = int(outlines.Count) + 1


def _describe(document: Pdf, facts: DocumentFacts, profile_pages: int) -> None:
    info = document.docinfo
    for key in list(info.keys()):
        del info[key]
    info.Title = PdfString(facts.title)
    info.Producer = PdfString("ats-sync")
    if facts.created_at:
        stamp = datetime.fromisoformat(facts.created_at).strftime("D:%Y%m%d%H%M%SZ")
        info.CreationDate = PdfString(stamp)
        info.ModDate = PdfString(stamp)
    document.Root.Metadata = document.make_stream(xmp(facts), Type=Name.Metadata, Subtype=Name.XML)
    if len(document.pages) > profile_pages:
        document.Root.PageLabels = Dictionary(
            Nums=Array([0, Dictionary(S=Name.D), profile_pages, Dictionary(S=Name.D, P=PdfString("Resume "))])
        )
