"""The words the demo's people say, as data, and the one function that reads them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from schemas.codec import decode


@cache
def read(name: str) -> Any:
    """The parsed JSON of `name`.json in this package."""
    return decode(resources.files(__name__).joinpath(f"{name}.json").read_bytes())
