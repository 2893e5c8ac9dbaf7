"""What is kept of a storm that went wrong: a file per wrong application with its story, and the processes' logs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.ledger.overview import Overview
from app.ledger.pool import persist
from schemas.codec import decode
from tests.storm.fleet import Fleet
from tests.storm.ledger import read_topics
from tests.storm.load import Applicant
from tests.storm.place import Place
from tests.storm.verdict import Verdict, shown

FOLDER: Final = Path("var/storm")
_STORIES: Final = 40
_BEFORE: Final = timedelta(seconds=1)
_AFTER: Final = timedelta(seconds=10)  # a late commit and the looks after it


async def keep(place: Place, crew: Fleet, verdict: Verdict, applicants: Mapping[str, Applicant], name: str) -> Path:
    """The folder: `verdict.txt`, `<application>.json` of the first of the wrong ones, `<process>.log`."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "verdict.txt").write_text(shown(verdict.wrong, most=len(verdict.wrong)) + "\n", encoding="utf-8")
    logs = keep_logs(crew, name)
    about = list(dict.fromkeys(one.about for one in verdict.wrong if one.about))[:_STORIES]
    records = await read_topics(place.bootstrap) if about else []
    for application_id in about:
        story = await _story(place, applicants.get(application_id), application_id)
        story["records"] = _records(records, application_id)
        story["log"] = _lines(logs, _names(story, application_id))
        text = json.dumps(story, indent=1, default=str)
        (folder / f"{application_id}.json").write_text(text, encoding="utf-8")
    return folder


def keep_logs(crew: Fleet, name: str) -> dict[str, str]:
    """What each process said, also as files of that folder."""
    folder, logs = FOLDER / name, crew.logs()
    folder.mkdir(parents=True, exist_ok=True)
    for process, log in logs.items():
        (folder / f"{process}.log").write_text(log, encoding="utf-8")
    return logs


async def _story(place: Place, applicant: Applicant | None, application_id: str) -> dict[str, Any]:
    """From what was meant to be, over what the ledger did, to what the ATS saw."""
    told = await persist(lambda: Overview(place.pool).explain(application_id)) or {}
    story = {"applicant": str(applicant), "ledger": told}
    if applicant is None:
        return story
    asked = list(_requests(place, applicant.account.name, told.get("delivery_attempts", ())))
    return {**story, "held_by_the_ats": _held(place, applicant), "asked_of_its_account": asked}


def _requests(place: Place, account: str, attempts: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Whatever reached the account, for any application, around this one's attempts."""
    spans = [(one["started_at"] - _BEFORE, one["ended_at"] + _AFTER) for one in attempts]
    for line in place.sandbox.world.received.lines(account=account):
        request: dict[str, Any] = decode(line)
        at = datetime.fromisoformat(request["at"])
        if any(start <= at <= end for start, end in spans):
            yield {name: value for name, value in request.items() if name not in ("headers", "vendor", "connection")}


def _held(place: Place, applicant: Applicant) -> dict[str, Any]:
    """The person, all applications of theirs, and the files under those."""
    account = place.sandbox.state()["accounts"].get(applicant.account.name)
    if account is None:  # nobody ever asked anything of it
        return {}
    people = [one for one in account["candidates"] if applicant.email in one["emails"]]
    ids = {one["id"] for one in people}
    return {
        "candidates": people,
        "applications": [one for one in account["applications"] if one["candidate_id"] in ids],
        "attachments": [one for one in account["attachments"] if one["candidate_id"] in ids],
    }


def _records(records: Iterable[Any], application_id: str) -> list[dict[str, Any]]:
    return [
        {"topic": one.topic, "partition": one.partition, "offset": one.offset, "timestamp_ms": one.timestamp}
        for one in records
        if one.key == application_id.encode()
    ]


def _names(story: Mapping[str, Any], application_id: str) -> set[str]:
    deliveries = story["ledger"].get("application_deliveries", ())
    return {application_id, *(str(one["key"]) for one in deliveries)}


def _lines(logs: Mapping[str, str], names: set[str]) -> list[str]:
    found = [
        f"{process} {line}"
        for process, log in logs.items()
        for line in log.splitlines()
        if any(n in line for n in names)
    ]
    return sorted(found, key=lambda line: line.rpartition('"timestamp": ')[2])
