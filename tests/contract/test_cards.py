"""docs/vendors.md says what the adapters declare."""

from __future__ import annotations

from pathlib import Path

from adapters.cards import page
from adapters.registry import card, known

DOCUMENT = Path(__file__).parents[2] / "docs" / "vendors.md"


def test_the_page_of_vendors_is_current() -> None:
    assert DOCUMENT.read_text() == page(), "run: .venv/bin/python -m adapters.cards > docs/vendors.md"


def test_every_vendor_is_on_the_page() -> None:
    assert all(f"## {vendor}\n" in page() and card(vendor).title in page() for vendor in known())
