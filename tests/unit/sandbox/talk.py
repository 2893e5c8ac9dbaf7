"""Talks to a sandbox's world without a network, at a time of the test's choosing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from adapters.sandbox import SandboxSettings, base_url
from adapters.sandbox.store import Account
from adapters.sandbox.vendors import VENDORS
from adapters.sandbox.wire import Answer, Fetched, Request
from adapters.sandbox.world import Exchange, World

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PDF = b"%PDF-1.7\nnot much of one\n%%EOF\n"


OPENED: list[World] = []  # closed after each test by conftest.py


def new_world() -> World:
    OPENED.append(World(settings=SandboxSettings(), vendors=VENDORS))
    return OPENED[-1]


@dataclass(slots=True)
class Talk:
    """One account at one vendor. `path` is below the vendor's prefix, as an adapter would write it."""

    vendor: str
    account: str = "acme"
    world: World = field(default_factory=new_world)
    now: datetime = START
    headers: dict[str, str] = field(default_factory=dict)
    files: dict[str, Fetched] = field(default_factory=dict)  # what lies behind addresses the ATS fetches from

    @property
    def store(self) -> Account:
        return self.world.account(self.account, self.vendor)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def exchange(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Exchange:
        bare, _, query = path.partition("?")
        prefix = VENDORS[self.vendor].prefix
        request = Request(
            at=self.now,
            method=method,
            path="/".join(part for part in (prefix, bare.lstrip("/")) if part),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            headers={**self.headers, **(headers or {})},
            body=body,
            base_url=base_url("http://sandbox.test", self.vendor, self.account),
            files=self.files,
        )
        return self.world.take(VENDORS[self.vendor], self.account, request)

    def get(self, path: str, **headers: str) -> Answer:
        return self.exchange("GET", path, headers=headers).answer

    def send(self, method: str, path: str, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
        kind = {"content-type": "application/json"}
        return self.exchange(method, path, json.dumps(value).encode(), {**kind, **(headers or {})}).answer

    def form(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return self.exchange("POST", path, urlencode(fields).encode(), {**kind, **(headers or {})}).answer

    def upload(self, path: str, name: str, file_name: str, content: bytes = PDF) -> Answer:
        return self.multipart(path, [(name, file_name, content)])

    def multipart(self, path: str, parts: list[tuple[str, str | None, bytes]]) -> Answer:
        """Parts are (name, file name or None, content)."""
        body = b"".join(_part(*part) for part in parts) + b"--edge--\r\n"
        return self.exchange("POST", path, body, {"content-type": "multipart/form-data; boundary=edge"}).answer


def _part(name: str, file_name: str | None, content: bytes) -> bytes:
    named = f'; filename="{file_name}"' if file_name else ""
    kind = "\r\nContent-Type: application/pdf" if file_name else ""
    head = f'--edge\r\nContent-Disposition: form-data; name="{name}"{named}{kind}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def value_of(answer: Answer) -> Any:
    return json.loads(answer.body)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def signed(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks, computed here on purpose and not by the code under test."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
