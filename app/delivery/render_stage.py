"""Renders what is new: the profile once, stored by digest, so that every attempt sends the same bytes."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.delivery.engine import Notice
from app.delivery.retry import Schedule
from app.delivery.work import Artifact, RenderJob
from app.failpoints import Failpoints
from app.ports import Pushers, Renderer
from schemas.errors import ConfigError, RenderError
from schemas.events import Application

ERRORS: Final = 3  # then it is dead, for a person
CLAIMS: Final = 25  # a profile that takes its process down each time must not do so for ever


class RenderLedger(Protocol):
    """What the render stage needs of the ledger."""

    async def store(self, job: RenderJob, artifact: Artifact) -> bool: ...

    async def again(self, job: RenderJob, *, wait_s: float, code: str, error: bool) -> None: ...

    async def end(self, job: RenderJob, *, state: str, reason: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderStage:
    ledger: RenderLedger
    pushers: Pushers
    renderer: Renderer
    schedule: Schedule
    notice: Notice
    failpoints: Failpoints = field(default_factory=Failpoints)

    async def render(self, job: RenderJob) -> None:
        """One profile from content to stored bytes. Safe to repeat, and to be killed at any point."""
        if job.unwanted is not None or (job.application is None and not job.unreadable):
            await self._end(job, state="cancelled", reason=job.unwanted or "erased")
        elif job.claims > CLAIMS or job.unreadable:
            await self._end(job, state="dead", reason="content_unreadable" if job.unreadable else "render_crashes")
        elif job.application is not None:
            await self._render(job, job.application)

    async def _render(self, job: RenderJob, application: Application) -> None:
        began = time.monotonic()
        try:
            budget = await self._budget_bytes(job)
            self.failpoints.passing("mid_render")
            content = await self.renderer.render(application, budget_bytes=budget)
        except ConfigError:
            # The connection is for a person; its gate, not this delivery, says so.
            await self.ledger.again(job, wait_s=self.schedule.after_unsent(3), code="config_error", error=False)
            return
        except RenderError as exc:
            await self._failed(job, exc.code)
            return
        except Exception as exc:  # noqa: BLE001 - counted like any other failure, so that it ends in front of a person
            await self._failed(job, type(exc).__name__)
            return
        self.failpoints.passing("after_render")
        artifact = Artifact(sha256=hashlib.sha256(content).hexdigest(), content=content)
        stored = await self.ledger.store(job, artifact)
        took_s = round(time.monotonic() - began, 3)
        self.notice("rendered" if stored else "render_fenced_out", delivery_key=str(job.key), took_s=took_s)

    async def _budget_bytes(self, job: RenderJob) -> int:
        if job.connection is None:
            raise ConfigError("the connection is gone")
        return (await self.pushers.of(job.connection)).facts.max_pdf_bytes

    async def _failed(self, job: RenderJob, code: str) -> None:
        if job.errors + 1 >= ERRORS:
            await self._end(job, state="dead", reason=f"render_{code}")
            return
        await self.ledger.again(job, wait_s=self.schedule.after_unsent(job.errors + 1), code=code, error=True)
        self.notice("render_failed", delivery_key=str(job.key), code=code, attempt=job.errors + 1)

    async def _end(self, job: RenderJob, *, state: str, reason: str) -> None:
        if await self.ledger.end(job, state=state, reason=reason):
            self.notice("render_ended", delivery_key=str(job.key), state=state, reason=reason)
