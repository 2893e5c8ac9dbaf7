"""Profiles from files: `applications` values in, PDFs out, nothing else needed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from app.settings import Settings
from app.wiring.rendering import renderer
from render import verify as judge
from render.renderer import ProfileRenderer
from schemas.errors import ConfigError, RenderError
from schemas.events import Application

NO_LIMIT: Final = 1_000_000_000
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`lines`: how many values the file holds, readable or not."""

    applications: tuple[Application, ...]
    faults: tuple[str, ...]
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    path: Path
    many: bool
    html: bool = False
    resume: Path | None = None

    def of(self, application: Application) -> Path:
        if not self.many:
            return self.path
        name = _UNSAFE.sub("_", application.application_id).lstrip(".") or "application"
        return self.path / f"{name}{'.html' if self.html else '.pdf'}"


@dataclass(slots=True)
class Rendered:
    count: int = 0
    took_s: float = 0.0
    last: Path | None = None
    faults: list[str] = field(default_factory=list)
    notices: list[tuple[Path, tuple[str, ...]]] = field(default_factory=list)


def read_applications(data: bytes) -> Found:
    """One JSON value, pretty-printed or not, or one a line. Faults name the line and field, never a value."""
    decoder = msgspec.json.Decoder(Application)
    try:
        return Found(applications=(decoder.decode(data),), faults=(), lines=1)
    except msgspec.ValidationError as exc:
        return Found(applications=(), faults=(f"not an `applications` value: {exc}",), lines=1)
    except msgspec.DecodeError:
        lines = [line for line in data.splitlines() if line.strip()]
    if not lines:
        raise ConfigError("the file is empty: it should hold an `applications` value, or one a line")
    applications, faults = [], []
    for number, line in enumerate(lines, start=1):
        try:
            applications.append(decoder.decode(line))
        except msgspec.DecodeError as exc:
            faults.append(f"line {number}: {exc}")
    return Found(applications=tuple(applications), faults=tuple(faults), lines=len(lines))


async def render_all(found: Found, target: Target, settings: Settings, *, on_done: Callable[[], None]) -> Rendered:
    """Render each application to its file. What cannot be rendered is a fault of its own, not the end of the rest."""
    done = Rendered(faults=list(found.faults))
    if not found.applications:
        return done
    (target.path if target.many else target.path.parent).mkdir(parents=True, exist_ok=True)
    async with renderer(settings) as (ready, _):
        started = time.monotonic()
        waiting = iter(found.applications)

        async def work() -> None:
            for application in waiting:
                await _one(ready, application, target, done)
                on_done()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(settings.render_slots + 1):
                tasks.create_task(work())
        done.took_s = time.monotonic() - started
    return done


async def _one(ready: ProfileRenderer, application: Application, target: Target, done: Rendered) -> None:
    path = target.of(application)
    resume = target.resume.read_bytes() if target.resume else None
    try:
        if target.html:
            content = (await ready.html_of(application, resume_bytes=resume)).encode()
        else:
            profile = await ready.render(application, resume_bytes=resume, budget_bytes=NO_LIMIT)
            content = profile.content
            if profile.notices:
                done.notices.append((path, profile.notices))
    except RenderError as exc:
        done.faults.append(f"{path}: {exc} ({exc.code})")
        return
    try:
        path.write_bytes(content)
    except OSError as exc:
        raise ConfigError(f"cannot write {path}: {exc.strerror}") from None
    done.count += 1
    done.last = path


def verify(data: bytes) -> dict[str, Any]:
    """What a profile says of itself; `ok`: it is ours, and not a byte has changed since."""
    found = judge.verify(data)
    return {"ok": found.has_manifest and found.intact, **asdict(found)}
