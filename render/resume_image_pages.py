"""Pictures into PDF pages of the paper's size, without encoding them again."""

from __future__ import annotations

from typing import Final

import img2pdf

from render.parts import Refused

_A4_PT: Final = (595.276, 841.89)
_BORDER_PT: Final = 14.0


def picture_pages(pictures: list[bytes]) -> bytes:
    """One page each, upright or wide as the picture is. Raises Refused with damaged."""
    layout = img2pdf.get_layout_fun(_A4_PT, border=(_BORDER_PT, _BORDER_PT), fit=img2pdf.FitMode.into, auto_orient=True)
    try:
        return bytes(img2pdf.convert(pictures, layout_fun=layout, nodate=True, engine=img2pdf.Engine.internal))
    except (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, ValueError, OSError, TypeError, NotImplementedError):
        raise Refused("damaged") from None
