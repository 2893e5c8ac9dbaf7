"""A metric that nobody sets is worse than none: whoever looks at it believes that nothing happens."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from app.metrics import CounterName, GaugeName, HistogramName, Metrics

_APP = Path(__file__).parents[3] / "app"
_CODE = "\n".join(path.read_text() for path in _APP.rglob("*.py") if path.name != "metrics.py")


@pytest.mark.parametrize("name", [name for kind in (CounterName, GaugeName, HistogramName) for name in get_args(kind)])
def test_every_metric_is_set_by_somebody(name: str) -> None:
    assert f'"{name}"' in _CODE


def test_a_process_tells_when_it_began_and_what_it_holds() -> None:
    text = Metrics().text().decode()
    assert "\nats_sync_process_start_time_seconds " in text
    assert "\nats_sync_process_resident_memory_bytes " in text
