"""PDF resumes as they are met in the wild: half broken, drawn by notes and layers, on sheets of any size."""

from __future__ import annotations

import io
import re
import zlib
from typing import Any

import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, StreamDecodeLevel
from pikepdf import String as PdfString
from PIL import Image

from render.assemble import assemble
from render.cell_jobs import DocumentFacts, ResumeLimits
from render.parts import NoticePart, PagesPart
from render.resume_kinds import load_resume
from render.resume_pdf_rescue import rescued
from tests.browser.render_files import pdf_file, saved, zip_file


def loaded(content: bytes) -> PagesPart:
    part = load_resume(io.BytesIO(content), ResumeLimits())
    assert isinstance(part, PagesPart), part
    return part


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().strip() for page in document]


def darkest(pdf: bytes) -> int:
    """Of the first page, notes and forms left out; 255 for a page nothing is drawn on."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(draw_annots=False).to_pil().convert("L")
    low, _ = picture.getextrema()
    assert isinstance(low, int)
    return low


def opened(pages: int = 1) -> Pdf:
    return Pdf.open(io.BytesIO(pdf_file(pages)))


def note(subtype: str, **more: Any) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name(f"/{subtype}"), Rect=Array([50, 50, 300, 90]), F=4, **more)


def with_note(one: Dictionary) -> bytes:
    with opened() as document:
        document.pages[0].obj.Annots = Array([document.make_indirect(one)])
        document.pages[0].obj.Contents = document.make_stream(b"")
        return saved(document)


@pytest.mark.parametrize("box", [(0, 0, 9_000, 900), (0, 0, 10, 10), (-5_000, -5_000, 5_000, 5_000)])
def test_the_same_file_gives_the_same_bytes_also_where_a_page_is_set_anew(box: tuple[float, ...]) -> None:
    content = pdf_file(2, box=box)
    assert loaded(content).pdf == loaded(content).pdf


@pytest.mark.parametrize(("box", "sheet"), [((0, 0, 9_000, 900), (842, 595)), ((0, 0, 900, 9_000), (595, 842))])
def test_a_sheet_lies_as_the_page_on_it_does(box: tuple[float, ...], sheet: tuple[int, int]) -> None:
    with Pdf.open(io.BytesIO(loaded(pdf_file(box=box)).pdf)) as document:
        assert [float(number) for number in document.pages[0].mediabox] == [0, 0, *sheet]


@pytest.mark.parametrize("crop", [(0, 0, 0, 0), (900, 900, 950, 950), (1e9, 0, 5, 5)])
def test_a_crop_box_that_would_show_nothing_is_dropped(crop: tuple[float, ...]) -> None:
    with opened() as document:
        document.pages[0].obj.CropBox = Array(list(crop))
        content = saved(document)
    with Pdf.open(io.BytesIO(loaded(content).pdf)) as made:
        assert "/CropBox" not in made.pages[0].obj


def test_words_in_a_note_without_an_appearance_are_drawn() -> None:
    free = note("FreeText", Contents=PdfString("Forklift licence"), DA=PdfString("/Helv 12 Tf 0 g"))
    part = loaded(with_note(free))
    assert texts(part.pdf) == ["Forklift licence"]
    assert darkest(part.pdf) < 128


def test_what_is_typed_into_a_form_is_drawn_also_by_the_second_engine() -> None:
    with opened() as document:
        typed = {"T": PdfString("name"), "V": PdfString("Maria"), "DA": PdfString("/Helv 12 Tf 0 g")}
        field = document.make_indirect(note("Widget", FT=Name.Tx, **typed))
        document.pages[0].obj.Annots = Array([field])
        document.Root.AcroForm = Dictionary(Fields=Array([field]))
        content = saved(document)
    assert texts(rescued(content, ResumeLimits())) == ["Resume page 1\r\nMaria"]


def test_a_file_locked_by_a_certificate_is_said_to_be_locked() -> None:
    content = pdf_file().replace(b"trailer <<", b"trailer << /Encrypt << /Filter /Adobe.PubSec /V 4 >>")
    part = load_resume(io.BytesIO(content), ResumeLimits())
    assert part == NoticePart(code="password")


def test_a_square_without_an_appearance_is_drawn() -> None:
    assert darkest(loaded(with_note(note("Square", C=Array([0, 0, 0])))).pdf) < 128


def test_a_notes_pop_up_and_a_link_draw_nothing() -> None:
    with pytest.raises(AssertionError, match="damaged"):
        loaded(with_note(note("Link", Border=Array([0, 0, 0]))).replace(b"/Contents", b"/Contentz"))
    assert darkest(loaded(with_note(note("Popup", Contents=PdfString("x")))).pdf) == 255


def layered(state: str) -> bytes:
    """A page with `NO` in a layer that is hidden by `state` of the default configuration."""
    with opened() as document:
        layer = document.make_indirect(
            Dictionary(Type=Name.OCG, Name=PdfString("notes"), Usage=Dictionary(X=PdfString("y")))
        )
        page = document.pages[0].obj
        page.Resources.Properties = Dictionary(L=layer)
        page.Contents = document.make_stream(b"/OC /L BDC 0 g 100 100 300 300 re f EMC")
        hidden = {"OFF": Array([layer])} if state == "off" else {"BaseState": Name.OFF} if state == "base" else {}
        document.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(**hidden))
        return saved(document)


@pytest.mark.parametrize(("state", "shown"), [("off", False), ("base", False), ("on", True)])
def test_a_layer_its_author_hid_stays_hidden_to_the_end(state: str, *, shown: bool) -> None:
    part = loaded(layered(state))
    with Pdf.open(io.BytesIO(part.pdf)) as document:
        assert set(document.Root.OCProperties.OCGs[0].keys()) == {"/Type", "/Name"}
        assert document.Root.OCProperties.D.Name  # PDF/UA-1, 7.10
    assert (darkest(part.pdf) < 128) is shown
    facts = DocumentFacts(title="t", created_at="", accessible=False, manifest=())
    finished = assemble(io.BytesIO(pdf_file()), io.BytesIO(part.pdf), facts).content
    with Pdf.open(io.BytesIO(finished)) as document:
        del document.pages[0]
        assert (darkest(saved(document)) < 128) is shown


def test_a_broken_stream_costs_its_own_drawing_only() -> None:
    with opened() as document:
        page = document.pages[0].obj
        good, bad = page.Contents, document.make_stream(b"")
        bad.write(b"\x00no zlib at all", filter=Name.FlateDecode)
        page.Contents = Array([good, bad, document.make_indirect(Dictionary())])
        part = loaded(saved(document))
    assert texts(part.pdf) == ["Resume page 1"]
    assert part.repaired


@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_what_comes_before_the_damage_in_a_stream_is_kept(damage: str) -> None:
    drawing = b"BT /F1 14 Tf 60 700 Td (Welder) Tj ET " + b" ".join(b"%d 0 0 rg" % n for n in range(5_000))
    packed = zlib.compress(drawing)
    with opened() as document:
        page = document.pages[0].obj
        half = len(packed) // 2
        page.Contents.write(packed[:half] + packed[half:][::-1] * (damage != "cut"), filter=Name.FlateDecode)
        part = loaded(saved(document))
    assert texts(part.pdf) == ["Welder"]
    assert part.repaired is (damage != "cut")  # a cut one may lack no more than its check sum


def test_a_page_tree_that_bites_its_tail_is_opened_by_the_second_engine() -> None:
    with opened() as document:
        pages = document.Root.Pages
        pages.Kids = Array([*pages.Kids, document.make_indirect(Dictionary(Type=Name.Nothing)), pages])
        pages.Count = 2
        content = saved(document)
    assert texts(loaded(content).pdf)[0] == "Resume page 1"


def test_a_stream_of_wrong_length_is_read_by_the_engine_that_can() -> None:
    with opened() as document:
        plain = saved(document, compress_streams=False, stream_decode_level=StreamDecodeLevel.all)
    part = loaded(re.sub(rb"/Length \d+", b"/Length 9", plain).replace(b"endstream\nendobj", b"endxtream\nendxbj"))
    assert texts(part.pdf) == ["Resume page 1"]
    assert part.repaired


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_too_large_for_paper_stays_turned(turn: int) -> None:
    with Pdf.open(io.BytesIO(pdf_file(box=(0, 0, 6_000, 3_000)))) as document:
        document.pages[0].obj.Rotate = turn
        document.pages[0].obj.Contents = document.make_stream(b"0 g 0 0 2000 1000 re f")
        content = saved(document)
    with pypdfium2.PdfDocument(content) as before, pypdfium2.PdfDocument(loaded(content).pdf) as after:
        sizes = [before[0].get_size(), after[0].get_size()]
        whole = [page.render(scale=300 / max(page.get_size())).to_pil().convert("L") for page in (before[0], after[0])]
    assert (sizes[0][0] > sizes[0][1]) is (sizes[1][0] > sizes[1][1])
    middle = [_middle_of_ink(one) for one in whole]
    assert abs(middle[0][0] - middle[1][0]) < 0.1
    assert abs(middle[0][1] - middle[1][1]) < 0.2


def _middle_of_ink(picture: Image.Image) -> tuple[float, float]:
    box = picture.point(lambda value: 255 if value < 200 else 0).getbbox()
    assert box
    return (box[0] + box[2]) / 2 / picture.width, (box[1] + box[3]) / 2 / picture.height


def test_a_document_of_pages_is_shown_by_its_own_preview() -> None:
    content = zip_file({"index.xml": "<x/>", "QuickLook/Preview.pdf": pdf_file(2)})
    assert texts(loaded(content).pdf) == ["Resume page 1", "Resume page 2"]


def test_a_file_whose_header_is_lost_is_still_a_pdf() -> None:
    assert texts(loaded(pdf_file(2).replace(b"%PDF-1.3", b"")).pdf) == ["Resume page 1", "Resume page 2"]


def test_a_page_that_cannot_be_opened_costs_itself_only() -> None:
    with opened(2) as document:
        first, second = document.Root.Pages.Kids
        document.Root.Pages.Kids = Array([first, document.make_indirect(Dictionary(Type=Name.Nothing)), second])
        document.Root.Pages.Count = 3
        content = saved(document)
    assert texts(rescued(content, ResumeLimits())) == ["Resume page 1", "", "Resume page 2"]
