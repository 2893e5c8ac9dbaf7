"""The answer to "where is my candidate?" in one sentence, from what the ledger and the gates say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from schemas.remedies import HOLDS, filled, meaning_of

Row = Mapping[str, Any]

_OPERATOR: Final = "operator"  # the reason of what a person cancelled
_ON_ITS_WAY: Final = {
    "new": "On its way: the profile is rendered next.",
    "ready": "On its way: it waits for its turn at the ATS.",
    "sending": "On its way: it is being sent.",
    "uncertain": "Sent, but the answer was not seen: it is looked for in the ATS before anything is sent again.",
}


def answer_of(verdict: str | None, gates: Sequence[Row], deliveries: Sequence[Row]) -> str:
    """`deliveries` as they were made, the newest last; `gates` as they answer now."""
    if erased := _last(deliveries, "erase"):
        return _erased(erased)
    created, updated = _last(deliveries, "create"), _last(deliveries, "update")
    if created is None or (created["state"] == "cancelled" and created["reason"] != _OPERATOR):
        return _waiting(verdict, gates)
    text = _of_delivery(created)
    if updated is not None and updated["state"] not in ("delivered", "cancelled"):
        text += f" The newer profile: {_of_delivery(updated)}"
    return text


def next_of(application: Row | None, deliveries: Sequence[Row]) -> str | None:
    """What a person may do about one that no delivery speaks for; None where a delivery does, or nothing is known."""
    created = _last(deliveries, "create")
    if application is None or (created is not None and created["state"] != "cancelled") or _last(deliveries, "erase"):
        return None
    words = HOLDS.get(application["reason"])
    if words is None:
        return None
    return filled(
        words,
        ID=application["application_id"],
        NAME=application["connection"],
        JOB=application["job_id"],
        TWIN=application["twin"],
    )


def _last(deliveries: Sequence[Row], kind: str) -> Row | None:
    return next((row for row in reversed(deliveries) if row["kind"] == kind), None)


def _erased(row: Row) -> str:
    if row["state"] in _ON_ITS_WAY:
        return "Asked to be forgotten: the ATS is being told."
    if row["state"] != "delivered":
        return f"Asked to be forgotten, and the ATS still has them. {_why(row)}"
    note = (row["receipt"] or {}).get("note")
    left = " What is left there is for the employer to remove." if note == "erase_by_employer" else ""
    return f"Forgotten: the ATS was told on {_at(row['delivered_at'])}.{left}"


def _of_delivery(row: Row) -> str:
    if row["state"] == "delivered":
        there = " The ATS had this person before, and keeps the source it had." if _adopted(row) else ""
        came = f" It came for the PDF on {_at(row['fetched_at'])}." if row.get("fetched_at") else ""
        missing = f" {meaning_of(row['last_code'])}" if row["last_code"] == "pdf_not_fetched" else ""
        return f"In the ATS since {_at(row['delivered_at'])}{_as(row)}.{there}{came}{missing}"
    if row["state"] in _ON_ITS_WAY:
        return _ON_ITS_WAY[row["state"]]
    return f"Held back. {_why(row)}" if row["state"] == "parked" else f"Not in the ATS. {_why(row)}"


def _why(row: Row) -> str:
    if row["state"] == "cancelled":
        return "An operator cancelled it."
    code = row["last_code"] or row["reason"]
    known = {"KEY": row.get("key"), "NAME": row.get("connection"), "JOB": row.get("job_id")}
    return meaning_of(code, **known) or f"{code}."


def _as(row: Row) -> str:
    """Where to find it there."""
    receipt = row["receipt"] or {}
    ids = ((what, receipt.get(f"{what}_id")) for what in ("candidate", "application"))
    named = [f"{what} {found}" for what, found in ids if found]
    return f", as {' and '.join(named)}" if named else ""


def _adopted(row: Row) -> bool:
    return bool((row["receipt"] or {}).get("adopted")) and row["attribution"] == "kept_existing"


def _waiting(verdict: str | None, gates: Sequence[Row]) -> str:
    missing = next((gate["missing"] for gate in gates if not gate["passed"] and gate["missing"]), None)
    if missing is None:
        return "Nothing is missing: it is sent next." if gates else "Only records that cannot be used were seen of it."
    return f"Not sent as things are; it would need {missing}." if verdict == "SKIP" else f"Waits for {missing}."


def _at(moment: datetime | None) -> str:
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
