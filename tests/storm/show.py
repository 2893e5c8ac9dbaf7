"""A storm's end as one table that fits into a report."""

from __future__ import annotations

from collections import Counter

from rich.table import Table

from tests.storm.run import StormOptions, Told


def table(told: Told) -> Table:
    """What was asked, inflicted and found."""
    made = Table(title=_title(told), title_justify="left", show_header=False, pad_edge=False)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    verdict = told.verdict
    rows = {
        "inflicted": _listed(told.done),
        "ATS faults": f"{told.met.total()}: {_listed(told.met)}",
        "attempts": f"{told.attempts.total()}: {_listed(told.attempts)}; {told.fenced_out} fenced out",
        "processes": f"{told.exits} ended by themselves and were started again, {told.clean} stopped in order",
        "they ended for": _listed(told.reasons),
        "records": f"{verdict.records} in the topics, {verdict.dead_letters} dead letters",
        "deliveries": f"{verdict.expected} due, {verdict.arrived} arrived",
        "lost": str(verdict.lost),
        "created twice": f"{verdict.doubled} applications, {verdict.doubled_people} people",
        "unasked for": str(verdict.strangers),
        "other than one PDF": str(verdict.other_pdfs),
        "differences in all": str(len(verdict.wrong)),
        "time": f"{told.took_s:.0f} s in all, {told.verdict.arrived / told.raged_s:.1f} deliveries/s under faults",
    }
    if told.kept:
        rows["whose, and why"] = f"{told.kept}/verdict.txt, a file per application and process beside it"
        rows["again"] = replay(told.options)
    for name, value in rows.items():
        made.add_row(name, value)
    return made


def replay(options: StormOptions) -> str:
    """The command that throws the same records and the same faults again."""
    counts = options.counts
    numbers = {
        "deliveries": options.deliveries,
        "kills": counts.kills,
        "pauses": counts.pauses,
        "crashes": counts.crashes,
        "broker": counts.broker,
        "ingest": options.ingest,
        "deliver": options.deliver,
        "each": options.each,
        "seed": options.seed,
        "lag": options.lag_s,
        "ahead": options.ahead,
    }
    given = " ".join(f"--{name} {value}" for name, value in numbers.items())
    given += " --static" if options.static_members else ""
    given += "".join(f" --set {name}={value}" for name, value in options.settings.items())
    return f".venv/bin/python -m tests.storm {given} --kafka {options.kafka}"


def _title(told: Told) -> str:
    options = told.options
    return (
        f"seed {options.seed} on {options.kafka}: {options.deliveries} deliveries, {options.ingest} ingest and "
        f"{options.deliver} deliver processes, {told.took_s:.0f} s"
    )


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "nothing"
