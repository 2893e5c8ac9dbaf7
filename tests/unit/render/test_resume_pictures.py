"""Resumes that are pictures: of every kind and mode, upright, without what their makers did not mean to send."""

import io
import struct

import pypdfium2
import pytest
from PIL import Image, ImageFile

from render.cell_jobs import ResumeLimits
from render.parts import NoticePart, PagesPart, ResumePart
from render.resume_kinds import load_resume, prepare
from tests.browser.render_files import image_file, picture

prepare()


def load(content: bytes, limits: ResumeLimits | None = None) -> ResumePart:
    return load_resume(io.BytesIO(content), limits or ResumeLimits())


def code(content: bytes, limits: ResumeLimits | None = None) -> str:
    part = load(content, limits)
    assert isinstance(part, NoticePart), part
    return part.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP", "HEIF", "JPEG2000"])
def test_pictures_of_every_kind_become_a_page(kind: str) -> None:
    part = load(image_file(kind))
    assert isinstance(part, PagesPart)
    assert part.pages == 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode(mode: str) -> None:
    out = io.BytesIO()
    picture().convert("L" if mode == "I;16" else "RGB").convert(mode).save(out, "TIFF" if mode == "CMYK" else "PNG")
    assert isinstance(load(out.getvalue()), PagesPart)


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bits_of_grey_keep_their_shades(order: str) -> None:
    values = b"".join(struct.pack(f"{order}H", x * 650) for _ in range(100) for x in range(100))
    tags = [
        (256, 3, 100),
        (257, 3, 100),
        (258, 3, 16),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (278, 3, 100),
        (279, 4, 20_000),
    ]
    head = struct.pack(f"{order}2sHI", b"II" if order == "<" else b"MM", 42, 8 + len(values))
    rows = [
        struct.pack(
            f"{order}HHI" + ("HH" if kind == 3 else "I"), tag, kind, 1, *((value, 0) if kind == 3 else (value,))
        )
        for tag, kind, value in tags
    ]
    content = head + values + struct.pack(f"{order}H", len(rows)) + b"".join(rows) + b"\0" * 4
    part = load(content)
    assert isinstance(part, PagesPart)
    with pypdfium2.PdfDocument(part.pdf) as document:
        shades = document[0].render().to_pil().convert("L").histogram()
    assert sum(shades[20:230]) > 1_000, "black and white alone are left"


def test_a_tiff_of_many_pages() -> None:
    content = image_file("TIFF", save_all=True, append_images=[picture(), picture()])
    part = load(content)
    assert isinstance(part, PagesPart)
    assert part.pages == 3


def test_a_photograph_is_turned_upright_and_its_place_is_not_passed_on() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRET PLACE"
    part = load(image_file("JPEG", exif=exif))
    assert isinstance(part, PagesPart)
    assert b"SECRET PLACE" not in part.pdf


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_of_a_picture_cut_short_the_part_that_is_there_is_shown(kind: str) -> None:
    noise = Image.effect_noise((900, 1_200), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, kind)
    part = load(out.getvalue()[: len(out.getvalue()) * 2 // 3])
    assert not ImageFile.LOAD_TRUNCATED_IMAGES, "tolerance is for one file"
    if kind == "WEBP":  # its decoder gives all or nothing
        assert part == NoticePart(code="damaged")
    else:
        assert isinstance(part, PagesPart)
        assert (part.pages, part.repaired) == (1, True)
        with pypdfium2.PdfDocument(part.pdf) as document:
            shades = document[0].render().to_pil().convert("L").histogram()
        assert shades[0] < 0.1 * sum(shades), "rows that are not there are black"


def test_of_a_tiff_cut_short_the_pages_that_are_there_are_shown() -> None:
    content = image_file("TIFF", save_all=True, append_images=[picture(), picture()])
    part = load(content[: len(content) - 100_000])
    assert isinstance(part, PagesPart)
    assert part.repaired


def test_broken_and_monstrous_pictures_are_notices() -> None:
    assert code(image_file("PNG")[:60]) == "damaged"
    assert code(image_file("BMP")[:5_000]) == "damaged"  # a header and three rows of 877
    assert code(image_file("JPEG")[:300]) == "damaged"
    assert code(image_file("PNG"), ResumeLimits(image_pixels=1_000)) == "too_large"
