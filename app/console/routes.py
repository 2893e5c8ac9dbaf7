"""The console's addresses: each page has its JSON twin under /api."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from aiohttp import web
from aiohttp.typedefs import Handler

from app.console import pages
from app.explaining import Explainer
from app.ledger.dead_letters import DeadLetters, Wanted
from app.ledger.delivery_views import DeliveryViews
from app.ledger.filters import DeliveryFilter
from app.ledger.overview import Filter, Overview
from schemas.codec import encode

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LIMIT: Final = 200
_KEY: Final = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|^[0-9a-fA-F-]{8,36}$")


class Console:
    """Reads the ledger for people. Shows ids, words, times and counts; never people's data."""

    def __init__(
        self, overview: Overview, deliveries: DeliveryViews, dead_letters: DeadLetters, explainer: Explainer
    ) -> None:
        self._overview = overview
        self._explainer = explainer
        self._deliveries = deliveries
        self._dead = dead_letters

    def add_to(self, app: web.Application) -> None:
        for path, handler in (
            ("/", self._home),
            ("/applications", self._applications),
            ("/applications/{id}", self._application),
            ("/deliveries", self._delivery_list),
            ("/deliveries/{key}", self._delivery),
            ("/dead-letters", self._dead_letters),
        ):
            app.router.add_get(path, handler)
            app.router.add_get("/api/overview" if path == "/" else f"/api{path}", handler)
        app.router.add_get("/find", self._find)
        app.middlewares.append(_not_found)

    async def _home(self, request: web.Request) -> web.Response:
        connections = {row["name"]: row for row in await self._overview.connections()}
        lines = pages.per_connection(await self._overview.buckets())
        for line in lines:
            line["health"] = connections.get(line["connection"] or "")
        values = {"lines": lines, "parked": await self._deliveries.parked(), "issues": await self._deliveries.issues()}
        return _answer(request, "home.html.j2", values)

    async def _applications(self, request: web.Request) -> web.Response:
        chosen = _chosen(request, "connection", "reason", "state", "verdict", "candidate")
        rows = await self._overview.applications(Filter(limit=_LIMIT, **chosen))
        return _answer(request, "applications.html.j2", {"rows": rows, "chosen": chosen, "limit": _LIMIT})

    async def _find(self, request: web.Request) -> web.Response:
        """By what a person has at hand: an application's id, a candidate's, or a delivery's key, as in a PDF's name."""
        wanted = request.query.get("id", "").strip()
        raise web.HTTPSeeOther(location=await self._place_of(wanted) if wanted else "/applications")

    async def _place_of(self, wanted: str) -> str:
        application = f"/applications/{quote(wanted, safe='')}"
        if await self._overview.knows(wanted):
            return application
        match await self._overview.applications_of(wanted):
            case [only]:
                return f"/applications/{quote(only, safe='')}"
            case [_, *_]:
                return f"/applications?candidate={quote(wanted, safe='')}"
        key = _KEY.search(wanted)
        found = await self._deliveries.keys(key[0]) if key else []
        return f"/deliveries/{found[0]}" if len(found) == 1 else application

    async def _application(self, request: web.Request) -> web.Response:
        application_id = request.match_info["id"]
        found = await self._explainer.explain(application_id)
        values = {"application_id": application_id, "found": found}
        return _answer(request, "application.html.j2", values, status=200 if found else 404)

    async def _delivery_list(self, request: web.Request) -> web.Response:
        chosen = _chosen(request, "connection", "reason", "state")
        connection, reason, state = chosen.values()
        wanted = DeliveryFilter(connection=connection, reason=reason, state=state, limit=_LIMIT)
        rows = await self._deliveries.find(wanted)
        return _answer(request, "deliveries.html.j2", {"rows": rows, "chosen": chosen, "limit": _LIMIT})

    async def _delivery(self, request: web.Request) -> web.Response:
        try:
            found = await self._deliveries.show(UUID(request.match_info["key"]))
        except ValueError:
            found = None
        return _answer(request, "delivery.html.j2", {"found": found}, status=200 if found else 404)

    async def _dead_letters(self, request: web.Request) -> web.Response:
        chosen = _chosen(request, "topic", "code")
        wanted = Wanted(topic=chosen["topic"], code=chosen["code"])
        rows = [asdict(letter) for letter in await self._dead.list(wanted, _LIMIT)]
        for row in rows:
            del row["key"]  # what was refused may have been keyed by anything
        return _answer(request, "dead_letters.html.j2", {"rows": rows, "chosen": chosen, "limit": _LIMIT})


@web.middleware
async def _not_found(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An address nobody knows has a page too."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return _answer(request, "not_found.html.j2", {"path": request.path}, status=404)


def _chosen(request: web.Request, *names: str) -> dict[str, str | None]:
    """The filters of the query; an empty one is none."""
    return {name: request.query.get(name) or None for name in names}


def _answer(request: web.Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> web.Response:
    if request.path.startswith("/api/"):
        return web.Response(body=encode(values), content_type="application/json", headers=_HEADERS, status=status)
    text = pages.render(template, here=request.path, **values)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS, status=status)
