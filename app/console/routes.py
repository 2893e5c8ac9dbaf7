"""The console's addresses: each page has its JSON twin under /api."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from aiohttp import web

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

    async def _home(self, request: web.Request) -> web.Response:
        connections = {row["name"]: row for row in await self._overview.connections()}
        lines = pages.per_connection(await self._overview.buckets())
        for line in lines:
            line["health"] = connections.get(line["connection"] or "")
        values = {"lines": lines, "parked": await self._deliveries.parked(), "issues": await self._deliveries.issues()}
        return _answer(request, "home.html.j2", values)

    async def _applications(self, request: web.Request) -> web.Response:
        if wanted := request.query.get("id"):
            raise web.HTTPSeeOther(location=f"/applications/{quote(wanted.strip(), safe='')}")
        chosen = _chosen(request, "connection", "reason", "state", "verdict")
        rows = await self._overview.applications(Filter(limit=_LIMIT, **chosen))
        return _answer(request, "applications.html.j2", {"rows": rows, "chosen": chosen, "limit": _LIMIT})

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


def _chosen(request: web.Request, *names: str) -> dict[str, str | None]:
    """The filters of the query; an empty one is none."""
    return {name: request.query.get(name) or None for name in names}


def _answer(request: web.Request, template: str, values: Mapping[str, Any], *, status: int = 200) -> web.Response:
    if request.path.startswith("/api/"):
        return web.Response(body=encode(values), content_type="application/json", headers=_HEADERS, status=status)
    text = pages.render(template, **values)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS, status=status)
