"""Page boxes of strangers: nonsense is replaced, and a page no paper and no screen can hold is set on A4."""

from __future__ import annotations

from typing import Final

from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, PdfError, Rectangle

_SMALLEST_PT: Final = 36.0
_LARGEST_PT: Final = 2_400.0
_A4: Final = (595.0, 842.0)
_BOX: Final = 4
_ABSURD: Final = 1e7


def numbers(found: Object | None) -> list[float]:
    """The numbers of an array; none at all when one of them is no sane number."""
    try:
        read = [float(one) for one in found] if isinstance(found, Array) else []
    except (TypeError, ValueError):
        return []
    return read if all(abs(number) < _ABSURD for number in read) else []


def rectangle(found: Object | None) -> list[float] | None:
    """Left, bottom, right, top; None unless it encloses something."""
    read = numbers(found)
    if len(read) != _BOX:
        return None
    left, right = sorted((read[0], read[2]))
    bottom, top = sorted((read[1], read[3]))
    return [left, bottom, right, top] if min(right - left, top - bottom) >= 1 else None


def fit(target: Pdf, index: int) -> None:
    """A page of impossible size is set on A4; others stay as they are."""
    page = target.pages[index]
    box = rectangle(page.obj.get("/MediaBox"))
    if box is None:
        box = [0.0, 0.0, *_A4]
        page.obj.MediaBox = Array(box)
    crop = rectangle(page.obj.get("/CropBox"))
    if "/CropBox" in page.obj and (crop is None or not _overlap(box, crop)):
        del page.obj.CropBox
    if "/Rotate" in page.obj and not _turns_right(page.obj.Rotate):
        del page.obj.Rotate
    unit = numbers(Array([page.obj.get("/UserUnit", 1)])) or [1.0]
    sides = [(box[2] - box[0]) * unit[0], (box[3] - box[1]) * unit[0]]
    if min(sides) < _SMALLEST_PT or max(sides) > _LARGEST_PT:
        _set_on_a4(target, index)


def _overlap(box: list[float], crop: list[float]) -> bool:
    wide = min(box[2], crop[2]) - max(box[0], crop[0])
    high = min(box[3], crop[3]) - max(box[1], crop[1])
    return wide >= 1 and high >= 1


def _turns_right(turn: Object | int) -> bool:
    try:
        return int(turn) % 90 == 0
    except (TypeError, ValueError):
        return False


def _set_on_a4(target: Pdf, index: int) -> None:
    """On a sheet upright or wide as the page is. The drawing's name is fixed: equal files must give equal bytes."""
    wild = target.pages[index]
    try:
        drawing = wild.as_form_xobject()
        sheet = _sheet(wild)
        new = Page(target.make_indirect(Dictionary(Type=Name.Page, MediaBox=Array([0, 0, *sheet]))))
        place = new.calc_form_xobject_placement(drawing, Name.Wild, Rectangle(0, 0, *sheet), allow_expand=True)
    except (PdfError, ValueError, RuntimeError):
        return
    new.obj.Resources = Dictionary(XObject=Dictionary(Wild=drawing))
    new.obj.Contents = target.make_stream(place)
    target.pages[index] = new


def _sheet(wild: Page) -> tuple[float, float]:
    box = rectangle(wild.obj.get("/CropBox")) or rectangle(wild.obj.get("/MediaBox")) or [0.0, 0.0, *_A4]
    is_wide = box[2] - box[0] > box[3] - box[1]
    is_turned = int(wild.obj.get("/Rotate", 0)) % 180 != 0
    return (_A4[1], _A4[0]) if is_wide != is_turned else _A4
