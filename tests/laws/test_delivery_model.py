"""The protocol's invariants over every world that two workers, a fence and a late ATS can get into (P1, P2)."""

from __future__ import annotations

from functools import cache

import pytest

from tests.laws.delivery_model import FENCES, Capability, Protocol, World, can_reach, search

CAPABILITIES: tuple[Capability, ...] = ("key", "lookup", "none")


@cache
def _worlds(protocol: Protocol) -> dict[World, set[World]]:
    return search(protocol)


def _doubled(protocol: Protocol) -> list[World]:
    return [world for world in _worlds(protocol) if world.created > 1]


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_p1_what_is_called_delivered_is_in_the_ats(capability: Capability) -> None:
    delivered = [world for world in _worlds(Protocol(capability=capability)) if world.row == "delivered"]
    assert delivered
    assert all(world.created >= 1 for world in delivered)


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_p1_from_everywhere_the_work_can_still_come_to_an_end(capability: Capability) -> None:
    worlds = _worlds(Protocol(capability=capability))
    ended = {world for world in worlds if world.row in ("delivered", "parked")}
    lost = set(worlds) - can_reach(worlds, ended)
    # Two looks and a new try take three claims: nearer to the edge of the search there is no room for them.
    assert {world for world in lost if world.fence <= FENCES - 3} == set()


@pytest.mark.parametrize("capability", CAPABILITIES)
def test_p2_at_most_one_record_while_the_ats_keeps_to_its_settle_time(capability: Capability) -> None:
    assert _doubled(Protocol(capability=capability)) == []


@pytest.mark.parametrize("capability", ["key", "none"])
def test_p2_key_and_none_hold_however_late_the_ats_is(capability: Capability) -> None:
    assert _doubled(Protocol(capability=capability, may_be_late=True)) == []


def test_p2_a_duplicate_on_a_lookup_vendor_implies_that_a_request_was_late() -> None:
    """The documented limit, shown: it exists, and it is the only way."""
    doubled = _doubled(Protocol(capability="lookup", may_be_late=True))
    assert doubled
    assert all(world.late for world in doubled)


def test_only_an_ats_without_any_look_up_leaves_work_to_a_person() -> None:
    for capability in ("key", "lookup"):
        assert not any(world.row == "parked" for world in _worlds(Protocol(capability=capability)))


@pytest.mark.parametrize("guard", ["fence", "settle", "write_ahead"])
def test_ablation_without_each_mechanism_the_search_finds_a_duplicate(guard: str) -> None:
    """So the model can fail: none of the three is there for nothing."""
    assert _doubled(Protocol(capability="lookup", without=frozenset({guard})))


def test_the_search_is_not_of_an_empty_world() -> None:
    worlds = _worlds(Protocol(capability="lookup"))
    assert len(worlds) > 1_000
    rows = {world.row for world in worlds}
    assert rows == {"ready", "sending", "uncertain", "delivered"}
