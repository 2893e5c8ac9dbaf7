"""The facts table of one process: what it holds is bounded, whatever its history."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import faust
import pytest

from streams.memory import FactsMemory

_MOST = 3


class _Changelog:
    """Takes everything."""

    async def write(self, rows: Mapping[int, Mapping[bytes, bytes]]) -> bool:
        return True


def _nobody_listens(_event: str, _fields: Mapping[str, Any]) -> None:
    return


@pytest.fixture
def memory(tmp_path: Path) -> FactsMemory:
    app = faust.App("facts", store="memory://", datadir=str(tmp_path), autodiscover=False, web_enabled=False)
    table = app.Table("facts", key_type=bytes, value_type=bytes)
    return FactsMemory(table, _Changelog(), _nobody_listens, most=_MOST)  # type: ignore[arg-type]


async def test_it_lets_go_of_what_was_written_longest_ago(memory: FactsMemory) -> None:
    for name in ("a", "b", "c", "a", "d"):
        await memory.put({name: b"1"}, {name: 0})
    assert [name for name in "abcd" if memory.get(name)] == ["a", "c", "d"]
    store: Any = memory._table.data
    assert store._key_partition.keys() == store.data.keys()


async def test_one_batch_larger_than_the_bound_leaves_its_end(memory: FactsMemory) -> None:
    names = [f"a-{n}" for n in range(_MOST + 2)]
    await memory.put(dict.fromkeys(names, b"1"), dict.fromkeys(names, 0))
    assert [name for name in names if memory.get(name)] == names[-_MOST:]
