"""`ats-sync decide`: what would be synced from a recorded topic, and why; no broker, no database, nothing sent."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from rich.text import Text

from app import settings
from app.cli.events_file import lines_of, with_progress
from app.cli.output import misused, out, print_json
from schemas.codec import encode
from schemas.errors import ConfigError


def register(app: typer.Typer) -> None:
    app.command()(decide)


def decide(
    events: Annotated[str, typer.Argument(help="JSON Lines as `kcat -J` prints them, or - for standard input.")],
    connections: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The file `connection apply` reads.")],
    now: Annotated[str | None, typer.Option(help="Decide as of this RFC 3339 time instead of the present.")] = None,
    dead_letters: Annotated[Path | None, typer.Option(help="Write refused records here instead of stderr.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines even on a terminal.")] = False,
) -> None:
    """Fold every record as if nothing had been delivered and print one line an application, sorted by its id.

    Example: kcat -b localhost:9092 -C -e -J -t applications | ats-sync decide --connections connections.json -
    """
    from app.wiring import offline

    with lines_of(events) as lines:
        moment = moment_of(now)
        outcome = offline.decide_lines(with_progress(lines), connections.read_bytes(), moment, settings.load())
    _write_refused((letter.as_json() for letter in outcome.dead_letters), dead_letters)
    human = sys.stdout.isatty() and not as_json
    for decided in outcome.decisions:
        if human:
            out.print(_line(decided.as_json()))
        else:
            print_json(decided.as_json())


def _write_refused(letters: Iterable[dict[str, Any]], path: Path | None) -> None:
    with _file(path) as file:
        for letter in letters:
            file.write(encode(letter).decode() + "\n")


@contextmanager
def _file(path: Path | None) -> Iterator[TextIO]:
    try:
        with path.open("w", encoding="utf-8") if path else nullcontext(sys.stderr) as file:
            yield file
    except OSError as exc:
        raise ConfigError(f"--dead-letters: cannot write {path}: {exc.strerror}") from None


def _line(decided: dict[str, Any]) -> Text:
    style = {"CREATE": "green", "HOLD": "yellow", "SKIP": "dim"}.get(decided["decision"], "")
    text = Text(f"{decided['application_id']}  ")
    text.append(decided["decision"], style=style)
    text.append(f"  {decided['reason'] or ''}  {decided['connection'] or ''}")
    return text


def moment_of(text: str | None) -> datetime:
    """The present where nothing is given; ends the command where it is no time."""
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        misused("--now: not an RFC 3339 time such as 2026-11-23T08:00:00Z")
    if moment.tzinfo is None:
        misused("--now: needs an offset, such as Z or -05:00")
    return moment
