"""What one vendor's ATS can do, as declared data: the pipeline asks these facts and never a vendor's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from schemas.delivery import AttachLevel, Capability

UpdateMode = Literal["replace_pdf", "add_pdf", "unsupported"]
EraseMode = Literal["delete", "anonymize", "ask_a_person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorFacts:
    """One capability card. Sizes in bytes, rates in calls a second, durations in seconds."""

    title: str
    capability: Capability
    dedupe_key: str  # in words: what makes a repeat recognisable there
    max_pdf_bytes: int
    attach_level: AttachLevel
    update: UpdateMode
    erase: EraseMode
    source: str  # how R11 is done there
    silent: str  # how mail to the candidate is suppressed (A49), or why none is sent
    read_back: bool
    rate_per_s: float
    burst: float
    max_inflight: int = 4
    settle_s: float = 60.0  # how long an abandoned request may still take effect and stay invisible to a look-up
    session_idle_s: float | None = None  # a log-in not renewed for so long is lost for good; None: never
    key_window_s: float | None = None  # how long the ATS remembers a key; None: for ever, or not a `key` vendor
    email_required: bool = True
    phone_required: bool = False
    resume_required: bool = False
    pdf_by: Literal["bytes", "link"] = "bytes"  # how the PDF reaches it: in our call, or fetched from `Pdf.url`
    max_name_chars: int = 255
    sources: tuple[str, ...] = ()  # pages these facts come from, each with its date
