"""A worker that ends by itself is meant to be started again: the demo does it, and says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from app.demo.run import Supervisor
from schemas.errors import ConfigError

_LOG = Path("var/demo/worker.log")


@dataclass(slots=True)
class Process:
    is_alive: bool = True
    starts: int = 0

    def spawn(self) -> None:
        self.is_alive = True
        self.starts += 1


def test_one_that_lives_is_left_alone() -> None:
    process = Process()
    Supervisor(worker=process, log=_LOG, say=pytest.fail).look()
    assert process.starts == 0


def test_one_that_ended_is_started_again_and_the_log_is_named() -> None:
    process, said = Process(is_alive=False), list[str]()
    supervisor = Supervisor(worker=process, log=_LOG, say=said.append)
    supervisor.look()
    supervisor.look()
    assert process.starts == 1
    assert len(said) == 1
    assert str(_LOG) in said[0]


def test_one_that_ends_again_and_again_fails_the_demo() -> None:
    process = Process()
    supervisor = Supervisor(worker=process, log=_LOG, say=lambda _: None)
    for _ in range(3):
        process.is_alive = False
        supervisor.look()
    process.is_alive = False
    with pytest.raises(ConfigError, match=r"ended by itself 4 times: see var/demo/worker\.log"):
        supervisor.look()
    assert process.starts == 3
