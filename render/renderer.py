"""From an application to its finished profile: resume, page, print, assembly, and the size the ATS accepts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from render.cell_jobs import Assembled, AssembleJob, DocumentFacts, Loaded, ResumeLimits, ShrinkJob
from render.cell_limits import CellLimits
from render.cells import Cell, CellFailed, Cells
from render.digest import content_digest
from render.fetch import Fetch, FetchFailed, FetchRefused
from render.page import Paper, profile_html
from render.parts import FlowPart, NoticePart, PagesPart, Picture, ResumePart
from render.resume import is_as_announced, load
from render.view import TEMPLATE_VERSION, ProfileView, profile_view
from schemas.errors import RenderError
from schemas.events import Application

Unreachable = Literal["raise", "notice"]

_SHRINKS: Final = ((2_000, 70), (1_400, 55), (900, 40))  # longest side in pixels, JPEG quality


class Printer(Protocol):
    """What the renderer needs of a browser: `render.browser.Browser` is one."""

    @property
    def version(self) -> str: ...

    async def print_pdf(self, html: str) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """`unreachable`: a resume whose host does not answer now raises RenderError `resume_fetch`, or becomes a notice."""

    paper: Paper = "A4"
    template_version: str = TEMPLATE_VERSION
    unreachable: Unreachable = "notice"
    at_once: int = 4
    resume: ResumeLimits = field(default_factory=ResumeLimits)
    cell: CellLimits = field(default_factory=CellLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A finished document. `notices`: what is missing or changed, as codes (`resume_password`, ...)."""

    content: bytes = field(repr=False)
    sha256: str
    pages: int
    notices: tuple[str, ...]


class ProfileRenderer:
    """`async with ProfileRenderer(browser, settings, fetch) as renderer`. Work above `at_once` waits its turn."""

    def __init__(self, browser: Printer, settings: RenderSettings, fetch: Fetch | None = None) -> None:
        self._browser = browser
        self._settings = settings
        self._fetch = fetch
        self._gate = asyncio.Semaphore(settings.at_once)
        self._cells = Cells(settings.cell, at_once=settings.at_once)

    async def __aenter__(self) -> Self:
        await self._cells.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._cells.close()

    async def render(
        self, application: Application, *, resume_bytes: bytes | None = None, budget_bytes: int
    ) -> Profile:
        """The profile, at most `budget_bytes` large. The same input gives the same bytes.

        `resume_bytes` stands in for what the event holds or points to. Whatever is wrong with the resume ends in a
        notice page. Raises RenderError: those of `print_pdf`, `assemble`, `over_budget`, `resume_fetch`, `start`.
        """
        try:
            async with self._gate, self._cells.cell() as cell:
                part = await self._resume_part(application, resume_bytes, cell)
                async with aclosing(self._attempts(application, part, cell)) as profiles:
                    async for profile in profiles:
                        if len(profile.content) <= budget_bytes:
                            return profile
        except CellFailed as exc:
            raise RenderError("the document could not be put together", code=exc.code) from exc
        raise RenderError(f"larger than {budget_bytes} bytes even without the resume", code="over_budget")

    async def html_of(self, application: Application, *, resume_bytes: bytes | None = None) -> str:
        """The page as printed, for `pdf render --html`."""
        async with self._cells.cell() as cell:
            part = await self._resume_part(application, resume_bytes, cell)
        return profile_html(self._view(application, part), paper=self._settings.paper)

    async def _resume_part(self, application: Application, given: bytes | None, cell: Cell) -> ResumePart:
        resume, content = application.resume, given
        if content is None and resume is not None and resume.content_base64 is None and resume.url:
            try:
                content = await self._fetched(resume.url)
            except FetchRefused as refusal:
                return NoticePart(code=refusal.code)
            if content is None:
                return NoticePart(code="not_downloaded")
            if not is_as_announced(resume, content):
                return NoticePart(code="hash_mismatch")
        return await load(resume, content, limits=self._settings.resume, worker=cell)

    async def _fetched(self, address: str) -> bytes | None:
        """None when the host does not answer and a notice is wanted. Raises FetchRefused and RenderError."""
        if self._fetch is None:
            raise FetchRefused("refused_address", "downloads are switched off")
        try:
            return await self._fetch(address)
        except FetchFailed as exc:
            if self._settings.unreachable == "notice":
                return None
            raise RenderError(str(exc), code="resume_fetch") from exc

    async def _attempts(self, application: Application, part: ResumePart, cell: Cell) -> AsyncGenerator[Profile, None]:
        """The document, then smaller ones: first pictures shrink, at last a notice stands for the resume."""
        view = self._view(application, part)
        printed = await self._printed(view)
        try:
            yield await self._assembled(view, printed, cell)
            if isinstance(part, PagesPart):
                for side, quality in _SHRINKS:
                    job = ShrinkJob(part=part, long_side_pixels=side, quality=quality)
                    smaller = await self._shrunk(view, job, cell)
                    yield _noted(await self._assembled(smaller, printed, cell))
        except CellFailed:
            if not isinstance(part, PagesPart):
                raise
            part = NoticePart(code="damaged")
        else:
            if isinstance(part, FlowPart) and any(isinstance(piece, Picture) for piece in part.pieces):
                words = tuple(piece for piece in part.pieces if not isinstance(piece, Picture))
                yield _noted(await self._whole(application, FlowPart(kind=part.kind, pieces=words), cell))
            part = NoticePart(code="over_budget")
        yield await self._whole(application, part, cell)

    async def _whole(self, application: Application, part: ResumePart, cell: Cell) -> Profile:
        view = self._view(application, part)
        return await self._assembled(view, await self._printed(view), cell)

    async def _shrunk(self, view: ProfileView, job: ShrinkJob, cell: Cell) -> ProfileView:
        answer = await cell.run(job)
        return replace(view, resume=answer.part) if isinstance(answer, Loaded) else view

    async def _printed(self, view: ProfileView) -> bytes:
        return await self._browser.print_pdf(profile_html(view, paper=self._settings.paper))

    async def _assembled(self, view: ProfileView, printed: bytes, cell: Cell) -> Profile:
        resume = view.resume if isinstance(view.resume, PagesPart) else None
        job = AssembleJob(profile=printed, resume=resume, facts=self._facts(view))
        limits = self._settings.cell.for_own_document(len(printed))
        answer = await (cell.run(job, limits) if resume else self._cells.run_trusted(job, limits))
        if not isinstance(answer, Assembled):
            raise CellFailed("fault")
        return Profile(
            content=answer.content,
            sha256=hashlib.sha256(answer.content).hexdigest(),
            pages=answer.pages,
            notices=_notices(view.resume),
        )

    def _view(self, application: Application, part: ResumePart) -> ProfileView:
        return profile_view(application, template_version=self._settings.template_version, resume=part)

    def _facts(self, view: ProfileView) -> DocumentFacts:
        manifest = {
            "application": view.application_id,
            "content": content_digest(view),
            "template": view.template_version,
            "model": view.model,
            "engine": self._browser.version,
        }
        return DocumentFacts(
            title=view.document_title,
            created_at=view.content_at.replace(microsecond=0).isoformat() if view.content_at else "",
            accessible=not isinstance(view.resume, PagesPart),
            manifest=tuple(manifest.items()),
        )


def _noted(profile: Profile) -> Profile:
    return replace(profile, notices=("resume_shrunk", *profile.notices))


def _notices(part: ResumePart) -> tuple[str, ...]:
    if isinstance(part, NoticePart):
        return (f"resume_{part.code}",)
    return ("resume_repaired",) if isinstance(part, PagesPart) and part.repaired else ()
