"""Connections are refused as a whole, every fault at once, and nothing is defaulted that decides (R7)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas.connection import Policy, as_connection, parse_specs
from schemas.errors import ConfigError

GOOD: dict[str, Any] = {
    "name": "acme",
    "employer_id": "e1",
    "vendor": "webhook",
    "credentials": {"secret": "whsec_dG9wc2VjcmV0"},
    "trigger": "new",
}


def parsed(*entries: Any) -> Any:
    return parse_specs(json.dumps(entries).encode())


def test_a_connection_has_the_policys_defaults() -> None:
    (spec,) = parsed(GOOD)
    assert spec.policy == Policy()
    assert (spec.policy.settle_seconds, spec.policy.assessment_wait_seconds) == (60, 300)
    in_force = as_connection(spec)
    assert (in_force.name, in_force.employer_id, in_force.trigger, in_force.trigger_since) == (
        "acme",
        "e1",
        "new",
        None,
    )
    assert in_force.healthy


@pytest.mark.parametrize("trigger", [None, "", "Engaged", "both", 1, ["new"]])
def test_r07_a_missing_or_invalid_trigger_is_refused(trigger: Any) -> None:
    entry = {**GOOD, "trigger": trigger} if trigger is not None else {k: v for k, v in GOOD.items() if k != "trigger"}
    with pytest.raises(ConfigError, match=r"acme.*trigger"):
        parsed(entry)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a\n"},
        {"name": "../x"},
        {"employer_id": ""},
        {"base_url": "ftp://example.com"},
        {"credentials": {"secret": 1}},
        {"policy": {"settle_seconds": -1}},
        {"policy": {"settle_seconds": True}},
        {"policy": {"past_gate": "perhaps"}},
        {"policy": {"unheard_of": 1}},
        {"surprise": 1},
    ],
)
def test_a_faulty_entry_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        parsed({**GOOD, **change})


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[" * 100_000, b"[1]"])
def test_what_is_no_list_of_connections_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError):
        parse_specs(data)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(GOOD, {**GOOD, "vendor": "x y"}, {"employer_id": "e2"}, {**GOOD, "name": "other"})
    text = str(caught.value)
    for part in ("'acme': vendor: must be letters", "number 3", "employer_id 'e1' is used by more than one"):
        assert part in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"trigger": "sometimes"}, "trigger: must be engaged or new"),
        ({"policy": {"past_gate": "perhaps"}}, "policy.past_gate: must be hold or sync"),
    ],
)
def test_r07_a_wrong_word_is_answered_with_the_right_ones(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed({**GOOD, **change})
    assert str(caught.value) == f"connection 'acme': {told}"


def test_no_secret_is_quoted() -> None:
    (spec,) = parsed(GOOD)
    assert "whsec" not in repr(spec)
    for change in ({"trigger": "whsec_x"}, {"policy": {"past_gate": "whsec_x"}}, {"credentials": "whsec_x"}):
        with pytest.raises(ConfigError) as caught:
            parsed({**GOOD, **change})
        assert "whsec" not in str(caught.value)
