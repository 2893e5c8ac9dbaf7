"""The judge itself: it must see what a storm could do wrong, say whose story that is, and keep it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.store import Application, Candidate
from tests.storm import story
from tests.storm.load import Applicant
from tests.storm.place import Place
from tests.storm.run import publish
from tests.storm.scene import scene
from tests.storm.verdict import Verdict, judge

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]


def _create_twice(place: Place, applicant: Applicant) -> None:
    """As an ATS would have it that was told so twice."""
    account, now = place.sandbox.world.account(applicant.account.name, "webhook"), datetime.now(UTC)
    person = account.add_candidate(
        Candidate(
            id=account.new_id(),
            first_name="Ana",
            last_name="Kovač",
            emails=[applicant.email],
            phones=[],
            source=None,
            created_at=now,
        )
    )
    for _ in range(2):
        made = Application(
            id=account.new_id(),
            candidate_id=person.id,
            job_id=applicant.ats_job_id,
            source=None,
            created_at=now,
            extra={"application_id": applicant.application_id},
        )
        account.add_application(made, who=applicant.who)


async def _judged() -> tuple[Verdict, dict[str, Any], Applicant]:
    """With nobody at work: all but one are lost, and that one was created twice."""
    async with scene(seed=13, poison=False, limit_s=100) as play:
        await publish(play.place, next(play.load.parts(4, 4)))
        twice = next(one for one in play.load.applicants.values() if one.arrives and one.account.vendor == "webhook")
        _create_twice(play.place, twice)
        verdict = await judge(play.place, play.load.applicants)
        folder = await story.keep(play.place, play.crew, verdict, play.load.applicants, "judged")
    return verdict, json.loads((folder / f"{twice.application_id}.json").read_text()), twice


async def test_p4_who_is_lost_and_who_is_doubled_is_named_and_their_story_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "FOLDER", tmp_path)
    verdict, told, twice = await _judged()
    assert not verdict
    assert (verdict.lost, verdict.doubled) == (verdict.expected - 1, 1)
    texts = [one.text for one in verdict.wrong if one.about == twice.application_id]
    assert sum(text.startswith("created 2 times") for text in texts) == 1
    assert sum("has 0 PDFs" in text for text in texts) == 2
    assert {record["topic"] for record in told["records"]} == {"applications", "candidate-status"}
    assert [one["job_id"] for one in told["held_by_the_ats"]["applications"]] == [twice.ats_job_id] * 2
    assert told["ledger"] == {}
