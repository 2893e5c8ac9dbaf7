"""The lines of a preflight: what a read told of credentials, permissions, the job and the source."""

from __future__ import annotations

from typing import Final

from adapters.base import Finding, Reply
from schemas.delivery import SOURCE
from schemas.errors import DeliveryError, Permanent
from schemas.journal import Kept

_DETAILS: Final = {
    "401": "the ATS does not accept the credentials",
    "403": "the ATS knows the credentials, and does not allow them this",
    "404": "not found, or not shown to these credentials",
    "429": "the ATS asks to wait; try again in a minute",
}
_WORDS: Final = {
    "transient": ("the ATS could not be asked just now", "check that it is up and the base URL is right; try again"),
    "permanent": ("the ATS refused it", "compare the job link and the connection's settings with the ATS"),
    "unauthorized": (
        "the ATS does not accept the credentials, or does not allow them this",
        "renew the connection's credentials, or have the missing permission granted",
    ),
    "job_closed": ("the job takes no applications in the ATS", "reopen the job in the ATS, or link another"),
    "unknown": ("the ATS gave no answer that makes sense", "check the base URL, and whether the ATS is well"),
}
_REFUSALS: Final = {
    "not_found": "the ATS does not know this job, or does not show it to us",
    "invalid": "the ATS found something in the request invalid",
    "redirected": "the ATS sent us to another address, and we follow none",
    "too_large": "the ATS found the file too large",
    "file_not_fetched": "the ATS could not fetch the PDF from the address we gave",
    "no_public_url": "the ATS fetches the PDF from an address of ours, and none is set that it can reach",
}


def standing(reply: Reply) -> Kept:
    """How a read was answered, whatever it was: a preflight reports faults, it does not stop at the first."""
    return {"status": str(reply.status)}


def finding_of(kept: Kept, what: str, *, remedy: str) -> Finding:
    """Right if the read was answered with success."""
    status = kept["status"]
    if status.startswith("2"):
        return Finding(what=what, ok=True, detail="allowed")
    said = f"HTTP {status}" if status.isdecimal() else status
    return Finding(what=what, ok=False, detail=_DETAILS.get(status, said), remedy=remedy)


def in_words(error: DeliveryError) -> tuple[str, str]:
    """What went wrong and what to do, for somebody who does not know HTTP; our own words at the end, for support."""
    said, remedy = _WORDS[error.kind]
    if isinstance(error, Permanent):
        said = _REFUSALS.get(error.code, said)
    if isinstance(error, Permanent) and error.fields:
        said = f"{said}; it names {', '.join(error.fields)}"
    return f"{said} ({error})", remedy


def sent_source() -> Finding:
    """For an ATS that takes the source as a text of ours: there is nothing to set up."""
    return Finding(what=f"source {SOURCE}", ok=True, detail="sent as a text with each application")


def source_finding(*, present: bool, where: str) -> Finding:
    """Whether a source spelled FactoryFix is there (R11)."""
    return listed_source(SOURCE if present else None, configured="", where=where)


def listed_source(found: str | None, *, configured: str, where: str) -> Finding:
    """Whether the ATS lists a source spelled FactoryFix, and the one configured is it. `found`: its id."""
    what = f"source {SOURCE}"
    if found is None:
        remedy = f"add a source named {SOURCE}, spelled like this, in {where}"
        return Finding(what=what, ok=False, detail="no source of this name is shown to us", remedy=remedy)
    if configured and configured != found:
        remedy = f"set source_id to {found} in the connection's credentials, or leave it out"
        return Finding(what=what, ok=False, detail="the connection names another source by its id", remedy=remedy)
    return Finding(what=what, ok=True, detail="found")


def job_finding(state: str | None, *, is_open: bool) -> Finding:
    """Whether the linked job takes applications; `state` is the vendor's own word, None where it is not visible."""
    if is_open:
        return Finding(what="linked job", ok=True, detail=f"open; the ATS calls it {state}")
    if state is None:
        remedy = "compare the job's id with the ATS, and let these credentials see jobs"
        return Finding(what="linked job", ok=False, detail="the ATS shows no such job to us", remedy=remedy)
    detail = f"takes no applications; the ATS calls it {state}"
    return Finding(what="linked job", ok=False, detail=detail, remedy="reopen the job in the ATS, or link another")
