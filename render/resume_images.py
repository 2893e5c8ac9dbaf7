"""Image resumes: any format Pillow reads, turned upright, bounded, one picture per page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import pillow_heif
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.Image import DecompressionBombError, DecompressionBombWarning

from render.cell_jobs import ResumeLimits
from render.parts import Refused

_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = 1
_LONGEST_SIDE: Final = 3_508  # A4 at 300 dpi; more cannot be seen on paper
_QUALITY: Final = 85
_SMALLEST_SIDE: Final = 24
_LEAST_PART: Final = 0.05
_BROKEN: Final = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError)


def prepare_images() -> None:
    """Loads every format now: a cell may not read files later."""
    Image.init()
    pillow_heif.register_heif_opener(thumbnails=False)


def load_images(content: bytes, limits: ResumeLimits) -> tuple[list[bytes], bool]:
    """One JPEG or PNG per page, and whether all was there. Raises Refused with damaged, too_large or too_many_pages.

    Of a file that was cut short, as a broken upload leaves it, the part that is there is shown: most scans begin with
    what matters.
    """
    try:
        return _loaded(content, limits, whole=True), True
    except Refused as refusal:
        if refusal.code != "damaged":
            raise
    with _tolerant():
        return _loaded(content, limits, whole=False), False


def _loaded(content: bytes, limits: ResumeLimits, *, whole: bool) -> list[bytes]:
    Image.MAX_IMAGE_PIXELS = limits.image_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DecompressionBombWarning)
            with Image.open(BytesIO(content)) as picture:
                return list(_pages(picture, limits, content if whole else None))
    except (DecompressionBombError, DecompressionBombWarning):
        raise Refused("too_large") from None
    except _BROKEN:
        raise Refused("damaged") from None


@contextmanager
def _tolerant() -> Iterator[None]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def encoded(picture: Image.Image, *, longest_side: int = _LONGEST_SIDE, quality: int = _QUALITY) -> bytes:
    """`picture` upright, on white and no larger than needed; JPEG, or PNG for line art of one bit.

    It is made small first, in place: a large photograph must not be in memory twice.
    """
    picture.draft(None, (longest_side, longest_side))
    picture = _of_eight_bits(picture)
    picture.thumbnail((longest_side, longest_side))
    picture = ImageOps.exif_transpose(picture)
    out = BytesIO()
    if picture.mode == "1":
        picture.save(out, "PNG", optimize=False)
    else:
        _on_white(picture).save(out, "JPEG", quality=quality)
    return out.getvalue()


def _pages(picture: Image.Image, limits: ResumeLimits, content: bytes | None) -> Iterator[bytes]:
    """`content`: the file's own bytes, if they may be set as they are."""
    frames = getattr(picture, "n_frames", 1) if picture.format in {"TIFF", "HEIF"} else 1
    if frames > limits.pages:
        raise Refused("too_many_pages")
    if frames == 1 and content is not None and _keeps_its_bytes(picture):
        picture.load()
        yield content
        return
    for number in range(frames):
        if frames > 1:
            picture.seek(number)
        if content is None:
            yield encoded(_decoded_part(picture))
        else:
            yield encoded(picture if frames == 1 else picture.copy())


def _decoded_part(picture: Image.Image) -> Image.Image:
    """Without the black that stands for rows that are not there. Raises Refused with damaged when nothing is left."""
    picture.load()
    _, top, _, bottom = picture.convert("RGB").getbbox() or (0, 0, 0, 0)
    low, high = picture.convert("L").getextrema()
    if bottom - top < _LEAST_PART * picture.height or low == high:
        raise Refused("damaged")
    return picture.crop((0, top, picture.width, bottom))


def _keeps_its_bytes(picture: Image.Image) -> bool:
    """A plain upright JPEG is set as it is, without a loss; its metadata (place, camera) must then be absent too."""
    plain = picture.format == "JPEG" and picture.mode in {"RGB", "L"} and max(picture.size) <= _LONGEST_SIDE
    return plain and not picture.getexif() and "comment" not in picture.info


def _of_eight_bits(picture: Image.Image) -> Image.Image:
    """Shades of grey of 16 bits, which Pillow would cut off at 255 and so show white."""
    if not picture.mode.startswith("I"):
        return picture
    return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in {"RGB", "L"}:
        return picture
    if picture.mode in {"RGBA", "LA", "PA", "P"}:
        layer = picture.convert("RGBA")
        sheet = Image.new("RGB", layer.size, "white")
        sheet.paste(layer, mask=layer.getchannel("A"))
        return sheet
    return picture.convert("RGB")


def embedded(content: bytes, *, longest_side: int = 1_400) -> bytes | None:
    """A picture inside another document, encoded anew; None when it cannot be read or is too small to say anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DecompressionBombWarning)
            with Image.open(BytesIO(content)) as picture:
                if min(picture.size) < _SMALLEST_SIDE:
                    return None
                return encoded(picture, longest_side=longest_side)
    except (DecompressionBombError, DecompressionBombWarning, *_BROKEN):
        return None
