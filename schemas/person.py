"""The only personal data that leaves outside the PDF: name, e-mail and phone, normalised (R8)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

import phonenumbers

PLACEHOLDER_DOMAIN: Final = "no-email.factoryfix.invalid"  # RFC 2606: never resolves, so no stranger gets mail
_DEFAULT_REGION: Final = "US"  # FactoryFix's market; numbers with a country code do not need it
_EMAIL: Final = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@[^\s@.\"(),:;<>\[\]\\]+(?:\.[^\s@.\"(),:;<>\[\]\\]+)+")
# Unicode UAX #9 section 2 (all bidirectional controls), the zero-width space and the byte-order mark: they reorder or
# hide what a recruiter reads. Joiners stay: names in Persian, Hindi and emoji need them.
_OVERRIDES: Final = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_MAX_EMAIL: Final = 254  # RFC 5321 section 4.5.3.1.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is created in the ATS. Never in logs: every field is hidden in repr except our own id."""

    candidate_id: str
    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


def clean_line(text: str | None) -> str:
    """NFC, one line, no control or format-override characters, single spaces."""
    if text is not None and text.isascii() and text.isprintable():
        return " ".join(text.split())
    normal = unicodedata.normalize("NFC", text or "")
    shown = "".join(c for c in normal if c not in _OVERRIDES)
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in shown).split())


def normal_email(text: str | None) -> str | None:
    """The address with its domain lower-cased, or None where it is not an address (A31)."""
    address = clean_line(text)
    if len(address) > _MAX_EMAIL or not _EMAIL.fullmatch(address):
        return None
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def normal_phone(text: str | None) -> str | None:
    """E.164, or None where it is not a possible number (A32)."""
    try:
        number = phonenumbers.parse(clean_line(text), _DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def placeholder_email(candidate_id: str) -> str:
    """One address per candidate, never shared: a shared one would merge strangers (A31)."""
    return f"candidate-{hashlib.sha256(candidate_id.encode()).hexdigest()[:24]}@{PLACEHOLDER_DOMAIN}"


def normal_names(first_name: str | None, last_name: str | None, *, missing_last_name: str) -> tuple[str, str] | None:
    """(first, last) as every ATS wants both; a one-word name gets `missing_last_name` (A33). None: no usable name."""
    first, last = clean_line(first_name), clean_line(last_name)
    if not first:
        first, last = last, ""
    last = last or clean_line(missing_last_name)
    return (first, last) if first and last else None
