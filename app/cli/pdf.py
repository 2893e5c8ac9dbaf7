"""`ats-sync pdf render|verify`: one application's profile without broker or database, or many through the warm pool."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from app import settings
from app.cli.output import AsJson, ExitCode, err, listing, print_json, print_plain
from schemas.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Render profile PDFs, and check the ones that were sent.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False)]
Input = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="One `applications` value, or JSONL of many.")]
ResumeFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="Use this file as the resume.")]


@app.command()
def render(
    application: Input,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file; for many a directory.")] = None,
    resume: ResumeFile = None,
    *,
    html: Annotated[bool, typer.Option("--html", help="Write the HTML that would be printed.")] = False,
) -> None:
    """Render an `applications` value to its profile PDF; without -o it goes beside the input as NAME.pdf.

    A JSONL of many goes through the warm pool into the directory -o DIR, one file per application id; progress while it
    works, the rate at the end. Exit code 1 if a line was no application or a profile could not be rendered.
    """
    from app.wiring import pdf

    found = pdf.read_applications(application.read_bytes())
    many = found.lines > 1 or (output is not None and output.is_dir())
    if resume is not None and found.lines > 1:
        raise ConfigError("--resume goes with a single application")
    if many and output is None:
        raise ConfigError(f"{application} holds {found.lines} applications: name a directory with -o DIR")
    suffix = ".html" if html else ".pdf"
    target = pdf.Target(path=output or application.with_suffix(suffix), many=many, html=html, resume=resume)
    columns = (TextColumn("rendering"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not (many and err.is_terminal)) as progress:
        task = progress.add_task("render", total=len(found.applications))
        work = pdf.render_all(found, target, settings.load(), on_done=lambda: progress.advance(task))
        done = asyncio.run(work)
    _report(done, many=many)


def _report(done: object, *, many: bool) -> None:
    from app.wiring.pdf import Rendered

    if not isinstance(done, Rendered):
        raise TypeError
    for fault in done.faults:
        err.print(f"ats-sync: {fault}", markup=False, style="red")
    for path, notices in done.notices:
        err.print(f"{path}: {', '.join(notices)}", markup=False, style="yellow")
    if many:
        err.print(f"{done.count} profiles in {done.took_s:.1f} s, {done.count / max(done.took_s, 1e-9):.1f} a second")
    elif done.count:
        print_plain(str(done.last))
    if done.faults:
        raise typer.Exit(ExitCode.BAD_NEWS)


@app.command()
def verify(file: File, *, as_json: AsJson = False) -> None:
    """Say what a profile PDF was made from, and whether it is whole and unchanged. Exit code 1 if it is not."""
    from app.wiring import pdf

    found = pdf.verify(file.read_bytes())
    if as_json:
        print_json(found)
    else:
        rows = [{"field": name, "value": value} for name, value in found.items()]
        listing(rows, ("field", "value"), as_json=False, title=str(file))
    if not found["ok"]:
        raise typer.Exit(ExitCode.BAD_NEWS)
