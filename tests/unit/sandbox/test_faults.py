"""The fault plan: what a fault does to state and reply, and that a seed replays it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.sandbox import EFFECTS, Plan
from adapters.sandbox.faults import Faults, parse_plans
from adapters.sandbox.world import Exchange
from tests.unit.sandbox.talk import Talk, signed
from tests.unit.sandbox.test_webhook import SECRET, message


def met(fault: str, **plan: Any) -> tuple[Talk, Exchange]:
    talk = Talk("webhook")
    talk.world.faults.put({"acme": (Plan(script=(fault,), **plan),)})
    body = json.dumps(message()).encode()
    return talk, talk.exchange("POST", "", body, signed(SECRET, "k1", talk.now, body))


@pytest.mark.parametrize("fault", EFFECTS)
def test_a_fault_commits_exactly_when_its_name_says_so(fault: str) -> None:
    talk, _ = met(fault)
    lands = fault.startswith("commit") or fault in ("bad_body", "html_body", "empty_body", "huge_body", "slow")
    assert len(talk.store.applications) == (1 if lands else 0)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("500", 500), ("502", 502), ("503", 503), ("504", 504), ("429", 429), ("commit_then_502", 502), ("redirect", 307)],
)
def test_a_status_fault_answers_its_status_in_the_vendors_words(fault: str, status: int) -> None:
    _, exchange = met(fault)
    assert exchange.answer.status == status


def test_a_late_commit_lands_when_it_is_run() -> None:
    talk, exchange = met("late_commit")
    assert talk.store.applications == {}
    assert exchange.later
    talk.later(60)
    exchange.later(talk.now)
    (application,) = talk.store.applications.values()
    assert application.created_at == talk.now


@pytest.mark.parametrize("fault", ["bad_body", "html_body", "empty_body"])
def test_a_spoiled_success_is_no_json(fault: str) -> None:
    _, exchange = met(fault)
    assert exchange.answer.status == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(exchange.answer.body)


def test_a_huge_body_is_huge() -> None:
    assert len(met("huge_body")[1].answer.body) > 32 * 1024 * 1024


@pytest.mark.parametrize(
    ("form", "header"),
    [("seconds", "7"), ("date", "Mon, 23 Nov 2026 09:00:07 GMT"), ("none", None)],
)
def test_retry_after_comes_in_either_form_or_not_at_all(form: str, header: str | None) -> None:
    _, exchange = met("429", retry_after_s=7, retry_after_form=form)
    assert exchange.answer.headers.get("retry-after") == header


@pytest.mark.parametrize("fault", ["hang", "commit_then_timeout", "reset_no_commit", "commit_then_reset_in_body"])
def test_the_log_says_that_no_answer_was_sent(fault: str) -> None:
    talk, _ = met(fault)
    (line,) = talk.world.received.lines()
    entry = json.loads(line)
    assert (entry["status"], entry["fault"]) == (None, fault)


def drawn(plan: Plan, account: str = "acme", count: int = 200, *, method: str = "POST", step: str = "x") -> list[str]:
    faults = Faults()
    faults.put({"*": (plan,)})
    return [faults.draw(account, method, step).name for _ in range(count)]


def test_a_seed_replays_its_draws_and_another_does_not() -> None:
    plan = Plan(seed=4, rates={"500": 0.3, "429": 0.2})
    assert drawn(plan) == drawn(plan)
    assert drawn(plan) != drawn(Plan(seed=5, rates={"500": 0.3, "429": 0.2}))
    assert drawn(plan) != drawn(plan, "globex")


def test_rates_are_kept_on_average() -> None:
    names = drawn(Plan(seed=1, rates={"500": 0.3, "429": 0.2}), count=5000)
    assert 0.28 < names.count("500") / 5000 < 0.32
    assert 0.18 < names.count("429") / 5000 < 0.22


def test_a_plan_meets_only_its_methods_and_steps_and_stops_at_its_count() -> None:
    plan = Plan(rates={"500": 1}, methods=("POST",), steps=("create",), max_count=2, skip=1)
    assert drawn(plan, count=5, step="create") == ["", "500", "500", "", ""]
    assert drawn(plan, count=3, step="find") == ["", "", ""]
    assert drawn(plan, count=3, method="GET", step="create") == ["", "", ""]


def test_the_token_step_is_met_only_when_named() -> None:
    assert drawn(Plan(rates={"500": 1}), count=1, step="token") == [""]
    assert drawn(Plan(rates={"500": 1}, steps=("token",)), count=1, step="token") == ["500"]


def test_an_accounts_own_plan_stands_in_for_the_common_one() -> None:
    faults = Faults()
    faults.put(parse_plans(b'{"*": {"rates": {"500": 1}}, "acme": [], "globex": [{"script": ["ok", "429"]}]}'))
    assert [faults.draw(name, "POST", "x").name for name in ("acme", "initech", "globex", "globex")] == [
        "",
        "500",
        "",
        "429",
    ]
    faults.put(parse_plans(b'{"*": null}'))
    assert faults.draw("initech", "POST", "x").name == ""


def test_a_new_common_plan_leaves_an_accounts_own_count_alone() -> None:
    faults = Faults()
    faults.put({"acme": (Plan(rates={"500": 1}, max_count=1),)})
    assert [faults.draw("acme", "POST", "x").name for _ in range(2)] == ["500", ""]
    faults.put({"*": (Plan(rates={"429": 1}),)})
    assert faults.draw("acme", "POST", "x").name == ""
    faults.put({"acme": (Plan(rates={"500": 1}, max_count=1),)})
    assert faults.draw("acme", "POST", "x").name == "500"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"acme": {"rates": {"explode": 0.1}}}', "unknown fault 'explode'"),
        (b'{"acme": {"rates": {"500": 0.6, "502": 0.6}}}', "more than 1"),
        (b'{"acme": {"rates": {"500": 2}}}', "<= 1"),
        (b'{"acme": {"sead": 1}}', "sead"),
        (b"[]", "object"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_the_reason(body: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_plans(body)
