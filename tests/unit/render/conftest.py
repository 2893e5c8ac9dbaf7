"""What reading a picture in this process changes, and a cell would take with it when it ends."""

from __future__ import annotations

import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def pixel_limit_of_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
