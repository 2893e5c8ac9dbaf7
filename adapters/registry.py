"""Vendor name, credentials and base URL to a ready adapter, or a reason not to accept the connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Final, cast
from urllib.parse import urlsplit

from adapters import vendors
from adapters.base import AtsAdapter
from schemas.errors import ConfigError
from schemas.vendor import VendorFacts

_MAX_VALUE_CHARS: Final = 8_000


def known() -> tuple[str, ...]:
    """The vendors there is an adapter for, in alphabetical order."""
    return tuple(sorted(module.name for module in iter_modules(vendors.__path__)))


def build(vendor: str, credentials: Mapping[str, str], base_url: str | None = None) -> AtsAdapter:
    """The adapter of one connection. Raises ConfigError naming every faulty credential; never quotes a value."""
    kind = _kind(vendor)
    wanted = credential_fields(vendor)
    faults = [f"missing {name}" for name, required in wanted.items() if required and not credentials.get(name)]
    faults += [f"unknown {name!r}" for name in sorted(credentials.keys() - wanted.keys())]
    faults += [f"unusable {name}" for name, value in credentials.items() if name in wanted and not _usable(value)]
    if base_url is None and _default(kind, "base_url") is MISSING:
        faults.append("missing base_url")
    if faults:
        raise ConfigError(f"{vendor}: {', '.join(faults)}; `ats-sync vendors show {vendor}` lists its fields")
    settings: dict[str, str] = dict(credentials)
    if base_url is not None:
        settings["base_url"] = checked_base_url(vendor, base_url)
    return cast("AtsAdapter", kind(**settings))


def card(vendor: str) -> VendorFacts:
    """What this vendor's ATS can do."""
    return cast("VendorFacts", _kind(vendor).facts)


def credential_fields(vendor: str) -> dict[str, bool]:
    """The names of its credentials, and whether each is required."""
    return {field.name: field.default is MISSING for field in _settings(_kind(vendor)) if field.name != "base_url"}


def checked_base_url(vendor: str, base_url: str) -> str:
    """http(s), a host, no user, no fragment; taken as it is, for a webhook's endpoint may end in a slash or a query."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or parts.fragment or "@" in parts.netloc:
        raise ConfigError(f"{vendor}: base_url must be http(s)://host[:port]/path, without user or fragment")
    return base_url


def _kind(vendor: str) -> Any:
    if vendor not in known():
        raise ConfigError(f"unknown vendor {vendor!r}; known: {', '.join(known())}")
    return import_module(f"{vendors.__name__}.{vendor}").Adapter


def _settings(kind: Any) -> tuple[Field[Any], ...]:
    return tuple(field for field in fields(kind) if field.init)


def _default(kind: Any, name: str) -> Any:
    return next(field.default for field in fields(kind) if field.name == name)


def _usable(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_VALUE_CHARS and value.isprintable()
