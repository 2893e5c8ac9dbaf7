"""Capability cards: what every vendor file declares about its ATS."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from adapters import registry


def cards() -> list[dict[str, Any]]:
    """One a vendor, by name: its facts and the fields of its credentials."""
    return [
        {"vendor": name, **asdict(registry.card(name)), "credentials": dict(registry.credential_fields(name))}
        for name in registry.known()
    ]
