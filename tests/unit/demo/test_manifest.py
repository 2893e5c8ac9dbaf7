"""Two independent rules must agree: how each scenario says it ends, and what the service decides."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from app.demo.history import History
from app.demo.manifest import AccountTotals, Manifest, add_up
from app.demo.values import LATER, MAIN, WAVES, Arrival, Expected, Story
from schemas.decision import Decision, Sent, Surroundings, Verdict
from schemas.events import Limits
from schemas.facts import Facts
from schemas.record import Record
from schemas.words import Reason
from streams.eligibility import decide, engaged_latched
from streams.replay import Folded, decide_all
from tests.unit.demo.histories import NOW, connections, told

LATER_ON = NOW + timedelta(minutes=2)  # the live waits are over by then


@pytest.mark.parametrize("seed", [7, 8, 2026])
def test_the_manifest_and_the_decisions_agree(seed: int) -> None:
    written = told(seed)
    outcome = decide_all(written.records, connections(written), LATER_ON, Limits())
    decided = {found.application_id: (found.decision.verdict, found.decision.reason) for found in outcome.decisions}
    said = {expected.application_id: expected.decided for expected in written.manifest.applications.values()}
    assert _differences(written.manifest, said, decided) == []
    assert Counter(letter.code for letter in outcome.dead_letters) == written.manifest.dead_letters


@pytest.mark.parametrize("seed", range(6))
def test_within_a_wave_no_order_sends_anybody_who_must_not_go(seed: int) -> None:
    """Whatever prefix of whatever order has been read, only those are decided for who end up decided for."""
    written, rng = told(), random.Random(seed)
    going = _going(written.manifest)
    for wave in WAVES:
        before = [record for earlier in written.waves[:wave] for record in earlier]
        part = _some(rng, written.waves[wave])
        outcome = decide_all(before + part, connections(written), NOW, Limits())
        early = {found.application_id for found in outcome.decisions if found.decision.verdict == "CREATE"}
        assert early <= going


@pytest.mark.parametrize("seed", range(6))
def test_within_a_wave_no_order_needs_an_update_that_the_manifest_does_not_count(seed: int) -> None:
    """Sent as early as an order allows, judged at the end: UPDATE exactly where the scenario said so (R18, A22)."""
    written, rng = told(), random.Random(seed)
    sent: dict[str, Sent] = {}
    updates: Counter[str] = Counter()
    for wave in WAVES:
        before = [record for earlier in written.waves[:wave] for record in earlier]
        steps = (before + _some(rng, written.waves[wave]), before + list(written.waves[wave]))
        for records in steps:
            _send_what_is_due(written, records, sent, updates)
    expected = {
        application_id: each.arrival.updates
        for application_id, each in written.manifest.applications.items()
        if each.arrival and each.arrival.updates
    }
    assert updates == expected


def test_only_the_stated_scenarios_differ_between_sent_and_merely_decided() -> None:
    """Where the ATS has a say, or a rejection came after the delivery, the end is not the decision; nowhere else."""
    differing = {
        expected.scenario
        for expected in told().manifest.applications.values()
        if (expected.decided[0] == "CREATE") != (expected.bucket == "delivered")
    }
    assert differing == {"closed_there", "unknown_there", "credentials_revoked", "on_to_hired"}


def test_r14_totals_follow_the_vendors_merge_rules() -> None:
    """One address under two candidate ids, twice on one requisition (A14); one person without an address (A31)."""
    ann, other, nobody = ("ann@example.com", "c1"), ("ann@example.com", "c2"), (None, "c3")
    arrivals = [(*ann, "1"), (*ann, "1"), (*other, "2"), (*nobody, "1")]
    for vendor, candidates, applications in (("greenhouse", 2, 3), ("jobadder", 2, 3), ("webhook", 3, 4)):
        manifest = add_up([_story(number, *arrival) for number, arrival in enumerate(arrivals)], {"a": vendor})
        totals = AccountTotals(candidates=candidates, applications=applications, pdfs=4, updates=0, erased=0)
        assert manifest.totals("a") == totals


def test_waves_put_what_happens_after_delivery_after_it() -> None:
    """Every update and every erasure of something delivered needs a record of a later wave."""
    written = told()
    main = {record.key for record in (*written.waves[0], *written.waves[MAIN])}
    later = {record.key for wave in written.waves[LATER:] for record in wave}
    for expected in written.manifest.applications.values():
        if expected.arrival and expected.arrival.updates:
            assert expected.application_id.encode() in main & later


def _going(manifest: Manifest) -> set[str]:
    return {
        application_id
        for application_id, expected in manifest.applications.items()
        if expected.arrival or expected.decided[0] == "CREATE"
    }


def _some(rng: random.Random, records: tuple[Record, ...]) -> list[Record]:
    shuffled = rng.sample(records, len(records))
    return shuffled[: rng.randint(0, len(shuffled))]


def _send_what_is_due(written: History, records: list[Record], sent: dict[str, Sent], updates: Counter[str]) -> None:
    folded = Folded(limits=Limits())
    for record in records:
        folded.add(record)
    by_employer = {connection.employer_id: connection for connection in connections(written)}
    going = _going(written.manifest)
    for application_id, facts in folded.applications.items():
        snapshot = facts.snapshot
        if snapshot is None or application_id not in going or snapshot.employer_id not in by_employer:
            continue
        connection = by_employer[snapshot.employer_id]
        around = Surroundings(
            connection=connection,
            job=folded.jobs.get((snapshot.employer_id, snapshot.job_id)),
            erased=snapshot.candidate_id in folded.erased_candidates,
            sent=sent.get(application_id),
        )
        _note(facts, around, decide(facts, around, LATER_ON), sent, updates)


def _note(facts: Facts, around: Surroundings, decision: Decision, sent: dict[str, Sent], updates: Counter[str]) -> None:
    if decision.verdict not in ("CREATE", "UPDATE"):
        return
    assert facts.snapshot
    assert around.connection
    engaged = engaged_latched(facts, around.connection.policy.settle_seconds, LATER_ON)
    sent[facts.application_id] = Sent(content_sha256=facts.snapshot.content_sha256, engaged=engaged)
    updates.update([facts.application_id] if decision.verdict == "UPDATE" else [])


def _story(number: int, email: str | None, candidate_id: str, ats_job_id: str) -> Story:
    arrival = Arrival(
        account="a",
        ats_job_id=ats_job_id,
        candidate_id=candidate_id,
        email=email,
        phone=None,
        first_name="Ann",
        last_name="Lee",
    )
    one = Expected(application_id=f"app-{number}", employer_id="e", scenario="s", bucket="delivered", arrival=arrival)
    return Story(entries=(), expected=(one,))


Verdicts = dict[str, tuple[Verdict, Reason | None]]


def _differences(manifest: Manifest, said: Verdicts, decided: Verdicts) -> list[str]:
    assert said.keys() == decided.keys()
    scenario = {application_id: expected.scenario for application_id, expected in manifest.applications.items()}
    return [
        f"{each} ({scenario[each]}): said {said[each]}, decided {decided[each]}"
        for each in sorted(said)
        if said[each] != decided[each]
    ]
