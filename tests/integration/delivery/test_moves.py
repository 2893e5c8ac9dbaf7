"""The moves of schemas/delivery.py, the trigger in the database and docs/states.md say the same."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import asyncpg
import pytest

from schemas.delivery import MOVES, TERMINAL, State
from tests.integration.delivery.parts import Bench

pytestmark = pytest.mark.service

DOCS = Path(__file__).parents[3] / "docs" / "states.md"


async def _force(bench: Bench, state: State) -> None:
    """Put the one delivery into `state`, past the trigger."""
    leased = state is State.SENDING
    await bench.pool.execute("alter table delivery disable trigger user")
    await bench.pool.execute(
        "update delivery set state = $1, delivered_at = case when $1 = 'delivered' then now() end,"
        " lease_owner = case when $2 then gen_random_uuid() end, lease_until = case when $2 then now() end",
        state.value,
        leased,
    )
    await bench.pool.execute("alter table delivery enable trigger user")


@pytest.mark.parametrize("before", list(State), ids=lambda state: state.value)
async def test_the_database_allows_exactly_the_moves_of_the_schema(bench: Bench, before: State) -> None:
    await bench.connect()
    await bench.emit("app-1")
    allowed = set()
    for after in State:
        if after is before:
            continue
        await _force(bench, before)
        try:
            await bench.pool.execute(
                "update delivery set state = $1, delivered_at = case when $1 = 'delivered' then now() end,"
                " lease_owner = case when $1 = 'sending' then gen_random_uuid() end,"
                " lease_until = case when $1 = 'sending' then now() end",
                after.value,
            )
        except asyncpg.CheckViolationError:
            continue
        allowed.add(after)
    assert allowed == set(MOVES[before])


def test_docs_states_draws_the_same_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", DOCS.read_text(), re.MULTILINE)
    drawn = {(State(before), State(after)) for before, after in rows}
    assert drawn == {(before, after) for before, allowed in MOVES.items() for after in allowed}


def test_the_picture_in_docs_states_has_the_same_arrows() -> None:
    arrows = set(re.findall(r"^ {4}(\w+) --> (\w+)$", DOCS.read_text(), re.MULTILINE))
    assert arrows == {(str(before), str(after)) for before, allowed in MOVES.items() for after in allowed}


def test_every_state_can_reach_an_end() -> None:
    reached = set(TERMINAL)
    for _ in State:
        reached |= {before for before, allowed in MOVES.items() if allowed & reached}
    assert reached == set(State)


def test_delivered_is_final() -> None:
    assert MOVES[State.DELIVERED] == frozenset()
    assert not any(State.NEW in MOVES[state] for state in itertools.chain([State.DELIVERED, State.SENDING]))
