"""What the demo says: lines, a live picture on a terminal, and in the end a table per employer."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.demo.play import Moment
from app.demo.values import Employer
from app.demo.verify import placed
from app.ledger.standing import Standing

_LINE_EVERY_S = 5.0
_SHOWN = ("delivered", "held", "skipped", "dead")
_STYLES = {"delivered": "green", "held": "yellow", "skipped": "dim", "dead": "red"}


@dataclass(slots=True)
class Show:
    """A live picture on a terminal; elsewhere a line every few seconds."""

    console: Console = field(default_factory=Console)
    started: float = field(default_factory=time.monotonic)
    _live: Live | None = None
    _line_at: float = 0.0

    def say(self, text: str) -> None:
        self.console.print(Text(f"{time.monotonic() - self.started:5.1f} s  {text}"))

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
    """A row per employer: how many applications ended where, holds by reason."""
    counts: dict[str | None, Counter[tuple[str, str | None]]] = {}
    for standing in applications:
        counts.setdefault(standing.employer_id, Counter())[placed(standing)] += 1
    shown = Table(
        title="What became of every application", title_justify="left", header_style="bold", row_styles=("", "dim")
    )
    for name in ("employer", "ATS", "trigger"):
        shown.add_column(name)
    for name in ("applications", "synced"):
        shown.add_column(name, justify="right")
    for name in ("held, by reason", "skipped", "dead"):
        shown.add_column(name)
    for employer in employers:
        found = counts.pop(employer.employer_id, Counter())
        shown.add_row(employer.name, employer.vendor or "-", employer.trigger or "-", *_cells(found))
    for found in counts.values():
        shown.add_row("(no record says whose)", "-", "-", *_cells(found))
    return shown


def _cells(found: Counter[tuple[str, str | None]]) -> tuple[Text, ...]:
    synced = found["delivered", None]
    words = {
        bucket: [f"{n} {reason or ''}".strip() for (b, reason), n in sorted(found.items(), key=str) if b == bucket]
        for bucket in _SHOWN
    }
    columns = (Text("\n".join(words[bucket]) or "-", style=_STYLES[bucket]) for bucket in ("held", "skipped", "dead"))
    return Text(str(found.total())), Text(str(synced), style=_STYLES["delivered"]), *columns
