"""The history is deterministic, well-formed where it means to be, and as varied as the demo promises."""

from __future__ import annotations

import pytest

from app.demo.history import LIVE, SCENARIOS, history
from app.demo.manifest import add_up
from app.demo.values import Expected, Story
from schemas.errors import BadEvent, ConfigError
from schemas.events import TOPICS, Limits, decode
from tests.unit.demo.histories import NOW, told


def test_same_arguments_same_bytes() -> None:
    assert history(7, NOW).waves == told().waves
    assert history(8, NOW).waves != told().waves


def test_every_scenario_is_told_and_judged() -> None:
    names = {expected.scenario for expected in told().manifest.applications.values()}
    missing = [
        scenario.__name__ for scenario in (*SCENARIOS, *LIVE) if not any(n.startswith(scenario.__name__) for n in names)
    ]
    assert missing == []


def test_it_is_as_large_and_as_varied_as_the_demo_promises() -> None:
    written = told()
    assert len(written.manifest.applications) == 240
    assert len({e.employer_id for e in written.manifest.applications.values() if e.employer_id}) >= 6
    assert {employer.trigger for employer in written.employers} == {"engaged", "new", None}
    assert {employer.vendor for employer in written.employers} == {"webhook", "greenhouse", "jobadder", None}
    assert {record.topic for record in written.records} == set(TOPICS)


def test_only_the_records_it_means_to_be_bad_are_refused() -> None:
    refused: dict[str, int] = {}
    for record in told().records:
        try:
            decode(record, Limits())
        except BadEvent as exc:
            refused[exc.code] = refused.get(exc.code, 0) + 1
    words = {"unknown_source", "unknown_status"}  # folded, with a copy among the dead letters (A50)
    assert refused == {code: n for code, n in told().manifest.dead_letters.items() if code not in words}


def test_two_thousand_applications_tell_every_scenario_again_with_other_people() -> None:
    manifest = history(3, NOW, 2_000).manifest
    assert len(manifest.applications) == 2_000
    assert sum(expected.scenario == "boomerang" for expected in manifest.applications.values()) == 8


def test_too_few_applications_are_refused_with_the_number_that_is_needed() -> None:
    with pytest.raises(ConfigError, match="the scenarios alone need"):
        history(7, NOW, 20)


def test_phrases_belong_to_one_application_alone() -> None:
    seen: dict[str, str] = {}
    for application_id, expected in told().manifest.applications.items():
        assert len(expected.phrases) >= 2
        for phrase in expected.phrases:
            assert seen.setdefault(phrase, application_id) == application_id


def test_no_entity_id_or_key_holds_a_name_or_an_address() -> None:
    written = told()
    personal = {text.encode() for expected in written.manifest.applications.values() for text in expected.personal}
    assert not any(text in (record.key or b"") for record in written.records for text in personal)


def test_conversations_have_four_to_forty_turns() -> None:
    lengths = {len(turns) for turns in _transcripts()}
    assert min(lengths) >= 4
    assert 30 < max(lengths) <= 40


def test_an_application_claimed_by_two_stories_is_a_mistake() -> None:
    one = Expected(application_id="app-1", employer_id="e", scenario="s", bucket="delivered")
    with pytest.raises(ValueError, match="app-1 belongs to two stories"):
        add_up([Story(entries=(), expected=(one,)), Story(entries=(), expected=(one,))], {})


def _transcripts() -> list[tuple[object, ...]]:
    found = []
    for record in told().records:
        try:
            event = decode(record, Limits())
        except BadEvent:
            continue
        screening = getattr(event, "screening", None)
        if screening and screening.transcript:
            found.append(screening.transcript)
    return found
