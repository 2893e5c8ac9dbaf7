"""One process of the service as `ats-sync worker` runs it, but for Chromium: a one-page PDF saves processor time.

`python -m tests.storm.worker ROLES`, settings from the environment as always.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from app import settings
from app.wiring import worker
from render.browser_settings import BrowserCounters
from render.renderer import Profile
from schemas.errors import RenderError
from schemas.events import Application

HANGS = "hangs Chromium"  # in an assessment's summary: as a page that never ends is, after its deadline
SWOLLEN = "swollen"  # as a profile that no vendor takes


class OnePage:
    """Not a profile, but a PDF as far as an ATS looks, different for every application and the same every time."""

    async def render(self, application: Application, *, budget_bytes: int) -> Profile:
        summary = (application.assessment.summary if application.assessment else None) or ""
        if HANGS in summary:
            await asyncio.sleep(2)
            raise RenderError("the page did not end", code="deadline")
        mark = hashlib.sha256(application.application_id.encode()).hexdigest()
        padding = b"%" * (budget_bytes + 1 if SWOLLEN in summary else 0)
        content = b"%PDF-1.7\n% " + mark.encode() + padding + b"\ntrailer << /Root 1 0 R >>\n%%EOF\n"
        return Profile(content=content, sha256=hashlib.sha256(content).hexdigest(), pages=1, notices=())


class NoBrowser:
    """What health and metrics ask of a browser."""

    def healthy(self) -> bool:
        return True

    def counters(self) -> BrowserCounters:
        return BrowserCounters()


@asynccontextmanager
async def _one_page(*_: Any, **__: Any) -> AsyncIterator[tuple[OnePage, NoBrowser]]:
    yield OnePage(), NoBrowser()


def main(roles: str) -> None:
    setattr(worker, "renderer", _one_page)  # noqa: B010 - the one part that is not the service's own
    asyncio.run(worker.run(settings.load(), frozenset(roles.split(","))))


if __name__ == "__main__":
    main(sys.argv[1])
