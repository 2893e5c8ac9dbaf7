"""What a processed resume must be: asked of pikepdf, PDFium, poppler, and of a second reading of a DOCX."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pypdfium2
from lxml import etree
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Stream
from PIL import ImageChops, ImageFilter

from render.safe_xml import named

_ACTS: Final = frozenset((
    "/AA", "/AcroForm", "/EF", "/EmbeddedFile", "/EmbeddedFiles", "/GoToE", "/GoToR", "/ImportData", "/JS",
    "/JavaScript", "/Launch", "/Movie", "/OpenAction", "/Rendition", "/RichMedia", "/Screen", "/Sound", "/SubmitForm",
    "/XFA",
))  # fmt: skip
_LARGEST_PT: Final = 14_400
_SHOWN_PAGES: Final = 3
_SIDE_PIXELS: Final = 400
_DARKER: Final = 60  # of 255: less is a line drawn a hair's breadth elsewhere
_WORD: Final = re.compile(r"\w+")
_DELETED: Final = frozenset({"del", "moveFrom", "Fallback", "rt"})
_POPPLER_S: Final = 60
_OPEN_ERRORS: Final = (PdfError, ValueError, RuntimeError, RecursionError, pypdfium2.PdfiumError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The file as found, and the pages or the text that were made of it; neither for a notice."""

    source: bytes
    pdf: bytes | None = None
    text: str | None = None


def faults(case: Case) -> list[str]:
    """Everything that is wrong with the outcome, in words without anything of the file."""
    if case.pdf is not None:
        return [*acting(case.pdf), *boxes(case.pdf), *_poppler_faults(case.pdf), *unlike(case.source, case.pdf)]
    if case.text is not None:
        return lost_words(case.source, case.text)
    return opened_by_others(case.source)


def acting(pdf: bytes) -> list[str]:
    """Names of what acts, runs or carries files, wherever in the file they are; links that are not https or mailto."""
    found: set[str] = set()
    with Pdf.open(BytesIO(pdf)) as document:
        for thing in document.objects:
            found |= set(_acting_in(thing, 0))
        for page in document.pages:
            for note in page.obj.get("/Annots", Array()):
                if note.get("/Subtype") != Name.Link:
                    found.add(f"annotation {note.get('/Subtype')}")
    return [f"holds {name}" for name in sorted(found)]


def _acting_in(thing: Object, depth: int) -> Iterator[str]:
    if isinstance(thing, Array):
        for one in thing:
            yield from _inside(one, depth)
    elif isinstance(thing, Dictionary | Stream):
        held = dict(thing.items())
        yield from _ACTS & held.keys()
        action, address = held.get("/S"), held.get("/URI")
        if isinstance(action, Name) and str(action) in _ACTS:
            yield str(action)
        if address is not None and not str(address).lower().startswith(("https:", "mailto:", "tel:")):
            yield "a link of another scheme"
        for one in held.values():
            yield from _inside(one, depth)


def _inside(thing: Object, depth: int) -> Iterator[str]:
    """Only direct objects: indirect ones come on their own."""
    if isinstance(thing, Array | Dictionary) and not thing.is_indirect and depth < 50:
        yield from _acting_in(thing, depth + 1)


def boxes(pdf: bytes) -> list[str]:
    with Pdf.open(BytesIO(pdf)) as document:
        return sorted({fault for page in document.pages for fault in _box_faults(page)})


def _box_faults(page: Page) -> Iterator[str]:
    sides = [float(number) for number in page.mediabox]
    width, height = abs(sides[2] - sides[0]), abs(sides[3] - sides[1])
    if not 1 <= min(width, height) <= max(width, height) <= _LARGEST_PT:
        yield "page box out of bounds"
    crop = [float(number) for number in page.cropbox]
    if len(crop) == 4 and (crop[2] == crop[0] or crop[3] == crop[1]):
        yield "empty crop box"


def _poppler_faults(pdf: bytes) -> list[str]:
    said = poppler("pdfinfo", pdf)
    return [] if said is None or said.returncode == 0 else ["pdfinfo refuses it"]


def poppler(program: str, pdf: bytes, *options: str) -> subprocess.CompletedProcess[bytes] | None:
    """None when poppler is not installed; a program that hangs counts as one that failed."""
    if shutil.which(program) is None:
        return None
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        Path(file.name).write_bytes(pdf)
        try:
            return subprocess.run([program, *options, file.name], capture_output=True, check=False, timeout=_POPPLER_S)
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess([program], 1, b"", b"")


def unlike(source: bytes, made: bytes) -> list[str]:
    """Pages that show less ink than PDFium shows for the file itself, annotations and form fields included."""
    if b"%PDF-" not in source[:1024]:
        return []
    try:
        with pypdfium2.PdfDocument(source) as before, pypdfium2.PdfDocument(made) as after:
            before.init_forms()
            if len(before) != len(after):
                return [f"{len(before)} pages by PDFium, {len(after)} made"]
            parts = [_lost_ink(before[index], after[index]) for index in range(min(len(before), _SHOWN_PAGES))]
    except _OPEN_ERRORS:
        return []
    return [f"page {index + 1} lost {part:.0%} of its ink" for index, part in enumerate(parts) if part > 0.02]


def _lost_ink(before: Any, after: Any) -> float:
    """The part of what `before` draws dark that is light in `after`."""
    first, second = (_picture(page) for page in (before, after))
    if first.size != second.size:  # set on a sheet of its own
        return float(second.getextrema()[0] > _DARKER and first.getextrema()[0] < _DARKER)
    nearby = second.filter(ImageFilter.MinFilter(3))
    lost = ImageChops.subtract(nearby, first).point(lambda value: 255 if value > _DARKER else 0)
    dark = first.point(lambda value: 255 if value < 255 - _DARKER else 0)
    count: int = dark.histogram()[255]
    gone: int = lost.histogram()[255]
    return gone / max(count, 50)


def _picture(page: Any) -> Any:
    return (
        page.render(scale=min(2.0, _SIDE_PIXELS / max(*page.get_size(), 1)), may_draw_forms=True).to_pil().convert("L")
    )


def opened_by_others(source: bytes) -> list[str]:
    """Who can show what became a notice."""
    if b"%PDF-" not in source[:1024]:
        return []
    return [f"{name} shows it" for name, shows in _OTHERS.items() if shows(source)]


def _pdfium_shows(source: bytes) -> bool:
    try:
        with pypdfium2.PdfDocument(source) as document:
            return any(_picture(document[index]).getextrema()[0] < 128 for index in range(min(len(document), 3)))
    except _OPEN_ERRORS:
        return False


def _poppler_shows(source: bytes) -> bool:
    said = poppler("pdftoppm", source, "-r", "20", "-singlefile", "-gray")
    return said is not None and said.returncode == 0 and any(byte < 128 for byte in said.stdout[20:])


_OTHERS: Final[dict[str, Callable[[bytes], bool]]] = {"PDFium": _pdfium_shows, "poppler": _poppler_shows}


def lost_words(source: bytes, shown: str) -> list[str]:
    """Words of a DOCX's body, read by this second and simpler reader, that the outcome does not show as often."""
    try:
        with zipfile.ZipFile(BytesIO(source)) as archive:
            root = etree.fromstring(archive.read("word/document.xml"), etree.XMLParser(recover=True, huge_tree=True))
    except (KeyError, zipfile.BadZipFile, etree.XMLSyntaxError, ValueError, RuntimeError, EOFError, OSError):
        return []
    wanted = Counter(_WORD.findall(" ".join(_paragraphs(root))))
    missing = wanted - Counter(_WORD.findall(shown))
    return [f"{missing.total()} of {wanted.total()} words lost"] if missing else []


def _paragraphs(root: etree._Element) -> Iterator[str]:
    for one in root.iter("{*}p"):
        if not any(named(above) in _DELETED for above in (one, *one.iterancestors())):
            yield "".join(_texts(one))


def _texts(element: etree._Element) -> Iterator[str]:
    for one in element:
        name = named(one)
        if name == "t":
            yield one.text or ""
        elif name in {"tab", "br", "cr", "noBreakHyphen", "softHyphen", "sym"}:
            yield " "
        elif name == "r" and one.find("{*}rPr/{*}vanish") is not None:
            continue
        elif name and name != "p" and name not in _DELETED:
            yield from _texts(one)
            yield " " if name == "txbxContent" else ""
