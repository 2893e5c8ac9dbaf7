"""What the demo says: lines, a live picture on a terminal, and in the end a table per employer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.demo.play import Moment
from app.demo.values import Employer
from app.demo.verify import Placed, placed
from app.ledger.standing import Standing

_LINE_EVERY_S = 5.0
_PLAIN_WIDTH = 120  # where there is no terminal to ask


def _console() -> Console:
    found = Console()
    return found if found.is_terminal else Console(width=_PLAIN_WIDTH)


@dataclass(slots=True)
class Show:
    """A live picture on a terminal; elsewhere a line every few seconds."""

    console: Console = field(default_factory=_console)
    started: float = field(default_factory=time.monotonic)
    _live: Live | None = None
    _line_at: float = 0.0

    def say(self, text: str) -> None:
        self.console.print(Text(f"{time.monotonic() - self.started:5.1f} s  {text}"), soft_wrap=True)

    def running(self) -> AbstractContextManager[object]:
        """For as long as moments are shown."""
        if not self.console.is_terminal:
            return nullcontext()
        self._live = Live(console=self.console, refresh_per_second=8, transient=True)
        return self._live

    def moment(self, now: Moment) -> None:
        if self._live is not None:
            self._live.update(self._picture(now))
        elif time.monotonic() - self._line_at >= _LINE_EVERY_S:
            self._line_at = time.monotonic()
            self.say(
                f"{now.ingested} of {now.published} records in the ledger, {now.applications} applications, "
                f"{now.delivered} of {now.expected} delivered, {now.pending} under way"
            )

    def _picture(self, now: Moment) -> Group:
        grid = Table.grid(padding=(0, 2))
        for name, done, total in (
            ("records in the ledger", now.ingested, now.published),
            ("deliveries in the ATS", now.delivered, now.expected),
        ):
            grid.add_row(name, ProgressBar(total=max(total, 1), completed=done, width=40), f"{done} of {total}")
        words = (
            f"{time.monotonic() - self.started:.0f} s   {now.applications} applications, {now.pending} deliveries under"
            f" way, {now.faults} requests met a fault of the sandbox"
        )
        return Group(grid, Text(words, style="dim"))


def table(employers: Iterable[Employer], applications: Iterable[Standing]) -> Table:
    """A row per employer: how many applications ended where, with the reasons."""
    counts: dict[str | None, Counter[Placed]] = {}
    for standing in applications:
        counts.setdefault(standing.employer_id, Counter())[placed(standing)] += 1
    shown = Table(title="What became of every application", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    shown.add_column("employer")
    shown.add_column("applications", justify="right")
    shown.add_column("synced", justify="right", style="green")
    shown.add_column("held, by reason", style="yellow", no_wrap=True)
    shown.add_column("skipped", no_wrap=True)
    shown.add_column("dead", justify="right", style="red")
    for employer in employers:
        words = f"{employer.vendor}, trigger {employer.trigger}" if employer.connection else "no ATS connected"
        name = Text.assemble(employer.name, "\n", (words, "dim"))
        shown.add_row(name, *_cells(counts.pop(employer.employer_id, Counter())), end_section=True)
    for found in counts.values():
        shown.add_row("no record says whose", *_cells(found))
    return shown


def _cells(found: Counter[Placed]) -> tuple[str, ...]:
    def reasons(bucket: str) -> str:
        lines = sorted((reason or "", count) for (where, reason), count in found.items() if where == bucket)
        return "\n".join(f"{count:>3} {reason}" for reason, count in lines) or "-"

    dead = sum(count for (where, _), count in found.items() if where == "dead")
    return str(found.total()), str(found["delivered", None]), reasons("held"), reasons("skipped"), str(dead or "-")
