"""An event of Faust's as the record it was."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from streams.batches import records_of


def _event(**changes: Any) -> Any:
    message = {"topic": "jobs", "partition": 0, "offset": 7, "key": b"j", "value": b"{}", "timestamp": None}
    return SimpleNamespace(message=SimpleNamespace(**{**message, "headers": [], **changes}))


@pytest.mark.parametrize("sent_ms", [0, 1, 1_767_225_600_123, 2**63 - 1])
def test_the_time_of_a_record_survives_fausts_seconds_and_fits_the_ledger(sent_ms: int) -> None:
    (record,) = records_of([_event(timestamp=sent_ms / 1000.0)])
    assert record.timestamp_ms == sent_ms
