"""Links by which an ATS may fetch one delivery's PDF: unguessable, the same on every attempt, no person in them."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from app.secrets import derived_keys
from schemas.errors import ConfigError
from schemas.vendor import VendorFacts

Purpose = Literal["pdf", "check"]  # a delivery's PDF; the page of a preflight, which holds nobody

# How long after the last call of an ended delivery an ATS may still come for its PDF. No vendor states it; an
# integrator's links for Teamtailor live as long (help.adway.ai/en/articles/422338-files, read 2026-11).
OPEN_AFTER_S: Final = 1_200.0
_SHAPE: Final = re.compile(
    r"/(?P<purpose>pdf|check)/[A-Za-z0-9_-]{43}/FactoryFix-"
    r"(?P<key>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.pdf"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a genuine link leads to."""

    purpose: Purpose
    key: UUID

    @property
    def file_name(self) -> str:
        return f"FactoryFix-{self.key}.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """`public_url`: where the internet reaches the `files` role. The first key signs; all of them open."""

    public_url: str
    keys: tuple[bytes, ...] = field(repr=False)

    def to(self, key: UUID, purpose: Purpose = "pdf") -> str:
        """The one link of a key. Whoever has it may fetch, for as long as the ledger lets them."""
        return self.public_url + _path(self.keys[0], Opened(purpose=purpose, key=key))

    def opened(self, path: str) -> Opened | None:
        """What `path` leads to; None where it is not, to the letter, a path of ours. Asks no database."""
        found = _SHAPE.fullmatch(path)
        if found is None:
            return None
        purpose: Purpose = "pdf" if found["purpose"] == "pdf" else "check"
        claimed = Opened(purpose=purpose, key=UUID(found["key"]))
        genuine = [hmac.compare_digest(path, _path(key, claimed)) for key in self.keys]
        return claimed if any(genuine) else None


def links_from(public_url: str, secret_keys: str) -> Links | None:
    """None where this service has no public address. Raises ConfigError where there is no key to sign with."""
    if not public_url:
        return None
    return Links(public_url=public_url.rstrip("/"), keys=derived_keys(secret_keys, "ats-sync pdf links 1"))


def require_links(facts: VendorFacts, links: Links | None) -> None:
    """Raises ConfigError where an ATS fetches its PDFs and has nowhere to come to: nothing may be sent without (R9)."""
    if facts.pdf_by == "link" and links is None:
        raise ConfigError(
            f"{facts.title} comes for each PDF itself, and this service has no public address it could come to; its "
            "candidates wait. Whoever runs the service sets ATS_SYNC_PUBLIC_URL (docs/connections.md)"
        )


def link_for(facts: VendorFacts, links: Links | None, key: UUID, purpose: Purpose = "pdf") -> str | None:
    """What this ATS is told: None where it takes the bytes. Raises ConfigError as `require_links`."""
    require_links(facts, links)
    return links.to(key, purpose) if links is not None and facts.pdf_by == "link" else None


def _path(signing: bytes, opened: Opened) -> str:
    proof = hmac.digest(signing, f"{opened.purpose} {opened.key}".encode(), "sha256")
    told = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
    return f"/{opened.purpose}/{told}/{opened.file_name}"
