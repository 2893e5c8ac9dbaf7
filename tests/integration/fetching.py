"""A vendor whose ATS takes a PDF by a link only, and that ATS: it comes for the file before it answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import aiohttp
import pytest
from aiohttp import web

from adapters import registry
from adapters.base import Call, Push, Reply
from adapters.status import require_success
from adapters.vendors import webhook
from schemas.delivery import Delivery, Receipt
from schemas.journal import Kept

SECRET = "whsec_YXRzLXN5bmMgc2FuZGJveDogbm90IGEgc2VjcmV0IGF0IGFsbA=="


def _taken(reply: Reply) -> Kept:
    require_success(reply)
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter(webhook.Adapter):
    facts: ClassVar = replace(webhook.Adapter.facts, title="Fetching ATS", pdf_by="link")

    def push(self, delivery: Delivery, /) -> Push:
        url = delivery.pdf.url if delivery.pdf else None
        body = json.dumps({"kind": delivery.kind, "url": url}).encode()
        headers = {"Content-Type": "application/json", "webhook-id": delivery.key}
        yield Call(
            step="deliver", method="POST", path="", headers=headers, body=body, read=_taken, repeat="safe", signed=True
        )
        return Receipt(application_id="a1", attribution="set")


def known_as_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on `fetching` is a vendor like any other."""
    kind, known = registry._kind, registry.known
    monkeypatch.setattr(registry, "_kind", lambda vendor: Adapter if vendor == "fetching" else kind(vendor))
    monkeypatch.setattr(registry, "known", lambda: (*known(), "fetching"))


@dataclass(slots=True)
class FetchingAts:
    """`files`: what it was given, by the link it was given."""

    url: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.orders.append(order)
        if order["url"]:
            async with aiohttp.ClientSession() as session:
                try:
                    async with session.get(order["url"]) as reply:
                        reply.raise_for_status()
                        self.files.append((order["url"], await reply.read()))
                except aiohttp.ClientError:
                    pass  # it says nothing of it: such ATS fetch afterwards
        return web.json_response({})


@asynccontextmanager
async def fetching_ats() -> AsyncIterator[FetchingAts]:
    ats, app = FetchingAts(), web.Application()
    app.router.add_post("/", ats.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ats.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield ats
    finally:
        await runner.cleanup()
