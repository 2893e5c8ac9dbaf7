"""The lines of a preflight: what a read told of credentials, permissions, the job and the source."""

from __future__ import annotations

from typing import Final

from adapters.base import Finding, Reply
from schemas.delivery import SOURCE
from schemas.journal import Kept

_DETAILS: Final = {
    "401": "the ATS does not accept the credentials",
    "403": "the credentials lack a permission for this",
    "404": "not found, or not visible with these credentials",
    "429": "the ATS asks to wait; try again in a minute",
}


def standing(reply: Reply) -> Kept:
    """How a read was answered, whatever it was: a preflight reports faults, it does not stop at the first."""
    return {"status": str(reply.status)}


def finding_of(kept: Kept, what: str, *, remedy: str) -> Finding:
    """Right if the read was answered with success."""
    status = kept["status"]
    if status.startswith("2"):
        return Finding(what=what, ok=True)
    return Finding(what=what, ok=False, detail=_DETAILS.get(status, f"HTTP {status}"), remedy=remedy)


def source_finding(*, present: bool, where: str) -> Finding:
    """Whether a source spelled FactoryFix is there (R11)."""
    if present:
        return Finding(what=f"source {SOURCE}", ok=True)
    remedy = f"add a source named {SOURCE} in {where}"
    return Finding(what=f"source {SOURCE}", ok=False, detail="not found", remedy=remedy)


def job_finding(state: str | None, *, is_open: bool) -> Finding:
    """Whether the linked job takes applications; `state` is the vendor's own word, None where it is not visible."""
    if is_open:
        return Finding(what="linked job", ok=True, detail=state or "")
    if state is None:
        remedy = "check the job link and the permissions"
        return Finding(what="linked job", ok=False, detail="not visible", remedy=remedy)
    return Finding(what="linked job", ok=False, detail=state, remedy="reopen the job in the ATS, or link another")
