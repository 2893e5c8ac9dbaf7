"""The sandbox on the network: takes requests to the world, and sends, delays, cuts or drops what comes back."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qsl, quote, unquote

from aiohttp import web

from adapters.sandbox import control, page
from adapters.sandbox.faults import Plan
from adapters.sandbox.fetching import with_files
from adapters.sandbox.report import state
from adapters.sandbox.rules import Rules
from adapters.sandbox.settings import SandboxSettings
from adapters.sandbox.vendors import VENDORS
from adapters.sandbox.wire import Answer, Request, as_json
from adapters.sandbox.world import Exchange, World

_CHUNK_BYTES: Final = 256 * 1024
_GRACE_S: Final = 0.1  # for answers under way; who is held is let go then


class Sandbox:
    """`async with Sandbox() as sandbox:` listens at `sandbox.url` until the block ends."""

    def __init__(self, settings: SandboxSettings | None = None) -> None:
        self.settings = settings or SandboxSettings()
        self.world = World(settings=self.settings, vendors=VENDORS)
        self.url = ""
        self._stack = AsyncExitStack()
        self._late: set[asyncio.TimerHandle] = set()
        self._open: Counter[tuple[str, str, str]] = Counter()

    async def __aenter__(self) -> Self:
        server = web.Server(self._handle, access_log=None, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=_GRACE_S)
        async with AsyncExitStack() as stack:
            stack.callback(self.world.close)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            stack.callback(self._stop)
            await web.TCPSite(runner, self.settings.host, self.settings.port).start()
            self._stack = stack.pop_all()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def put_faults(self, plans: Mapping[str, Plan | list[Plan]]) -> None:
        """As `PUT /_sandbox/faults`."""
        self.world.faults.put(
            {name: tuple(some) if isinstance(some, list) else (some,) for name, some in plans.items()}
        )

    def put_rules(self, account: str, rules: Rules) -> None:
        """As `PUT /_sandbox/accounts/{account}`, but the whole of the rules."""
        self.world.set_rules(account, rules)

    def state(self, account: str | None = None) -> dict[str, Any]:
        """As `GET /_sandbox/state`."""
        return state(self.world, account)

    def open_requests(self) -> int:
        """How many requests are on their way, of all accounts."""
        return sum(count for (_, _, step), count in self._open.items() if not step)

    def _stop(self) -> None:
        for handle in self._late:
            handle.cancel()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        first, *rest = [unquote(part) for part in request.rel_url.raw_path.lstrip("/").split("/")]
        if first in VENDORS and rest and rest[0]:
            with self._counted(first, rest[0], request.method, "/".join(rest[1:])) as at_once:
                return await self._answer(request, first, rest, at_once)
        body = await _body_of(request, self.settings.max_body_bytes)
        if body is None:
            return _too_large()
        asked = self._request(request, body, "/".join([first, *rest]), "")
        if asked.path == control.REQUESTS and asked.method == "GET":
            return await self._log(request, asked)
        return _response(control.answer(self.world, asked) if first == "_sandbox" else page.answer(self.world, asked))

    async def _answer(
        self, request: web.BaseRequest, vendor: str, rest: list[str], at_once: tuple[int, int]
    ) -> web.StreamResponse:
        body = await _body_of(request, self.settings.max_body_bytes)
        if body is None:
            return _too_large()
        base = base_url(f"{request.scheme}://{request.host}", vendor, rest[0])
        taken = self._request(request, body, "/".join(rest[1:]), base)
        taken = replace(taken, open_at_once=at_once[0], same_at_once=at_once[1])
        taken = await with_files(VENDORS[vendor], taken, self.settings)
        return await self._act(request, self.world.take(VENDORS[vendor], rest[0], taken))

    @contextmanager
    def _counted(self, vendor: str, account: str, method: str, path: str) -> Iterator[tuple[int, int]]:
        """How many requests of the account, and how many of the same step, are on their way with this one."""
        found = VENDORS[vendor].route(method, path)
        keys = ((vendor, account, ""), (vendor, account, "unknown" if isinstance(found, int) else found[0].step))
        self._open.update(keys)
        try:
            yield self._open[keys[0]], self._open[keys[1]]
        finally:
            self._open.subtract(keys)

    def _request(self, request: web.BaseRequest, body: bytes, path: str, base: str) -> Request:
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return Request(
            at=self.settings.clock(),
            method=request.method,
            path=path,
            query=tuple(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)),
            headers=headers,
            body=body,
            base_url=base,
        )

    async def _act(self, request: web.BaseRequest, exchange: Exchange) -> web.StreamResponse:
        plan = exchange.drawn.plan
        if exchange.later is not None:
            self._schedule(plan.late_commit_s, exchange.later)
        match exchange.drawn.effect.reply:
            case "hold":
                await asyncio.sleep(plan.hold_s)
                return _dropped(request)
            case "reset":
                return _dropped(request)
            case "reset_in_body":
                return await _cut(request, exchange.answer)
            case "slow":
                await asyncio.sleep(plan.slow_s)
        return _response(exchange.answer)

    def _schedule(self, delay_s: float, later: Callable[..., None]) -> None:
        def run() -> None:
            self._late.discard(handle)
            later(self.settings.clock())

        handle = asyncio.get_running_loop().call_later(delay_s, run)
        self._late.add(handle)

    async def _log(self, request: web.BaseRequest, asked: Request) -> web.StreamResponse:
        try:
            since = control.since_of(asked)
        except ValueError as exc:
            return _response(as_json({"error": str(exc)}, 400))
        response = web.StreamResponse(headers={"content-type": "application/x-ndjson"})
        await response.prepare(request)
        for chunk in _chunks(self.world.received.lines(account=asked.ask("account"), since=since)):
            await response.write(chunk)
        await response.write_eof()
        return response


def base_url(url: str, vendor: str, account: str) -> str:
    """What to put into a connection's `base_url` so that the vendor's adapter speaks to the sandbox at `url`."""
    prefix = VENDORS[vendor].prefix
    return f"{url}/{vendor}/{quote(account, safe='')}" + (f"/{prefix}" if prefix else "")


def credentials(vendor: str) -> dict[str, str]:
    """Credentials every account of this vendor accepts; wrong ones get the vendor's own refusal."""
    return dict(VENDORS[vendor].credentials)


def serve(
    port: int, host: str = "127.0.0.1", *, settings: SandboxSettings | None = None, ready: Callable[[str], None]
) -> None:
    """Run until SIGINT or SIGTERM; `ready` is told the URL once it listens."""
    given = settings or SandboxSettings(host=host, port=port)
    asyncio.run(_serve(given, ready))


async def _serve(settings: SandboxSettings, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with Sandbox(settings) as sandbox:
        ready(sandbox.url)
        await stop.wait()


async def _body_of(request: web.BaseRequest, limit: int) -> bytes | None:
    pieces, size = [], 0
    while chunk := await request.content.readany():
        size += len(chunk)
        if size > limit:
            return None
        pieces.append(chunk)
    return b"".join(pieces)


def _too_large() -> web.Response:
    return _response(as_json({"error": "the body is too large"}, 413))


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=dict(answer.headers), body=answer.body)


def _dropped(request: web.BaseRequest) -> web.StreamResponse:
    """The connection ends with a reset; the response object only ends the handler."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _cut(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    """Headers and half of the body, then a reset."""
    length = max(len(answer.body), 2)
    response = web.StreamResponse(status=answer.status, headers={**answer.headers, "content-length": str(length)})
    await response.prepare(request)
    await response.write((answer.body or b"{}")[: length // 2])
    return _dropped(request)


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines gathered into pieces worth a write."""
    gathered, size = [], 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)
