"""One call over a real socket to a server that misbehaves: what was surely not sent, and what may have been."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from adapters.base import Call, Method, Reply
from adapters.transport import Target, Transport, TransportSettings, open_transport
from schemas.errors import DeliveryError, Permanent, Transient, Unknown

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LIMITS = TransportSettings(connect_s=0.5, total_s=0.5, upload_s=0.6, reply_bytes=100_000)


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with open_transport(LIMITS) as opened:
        yield opened


@asynccontextmanager
async def serving(answer: Serve) -> AsyncIterator[str]:
    handled: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handled.append(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*handled)
        await server.wait_closed()


def answering(*pieces: bytes, then_hold: asyncio.Event | None = None) -> Serve:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        if then_hold is not None:
            await then_hold.wait()

    return answer


def call(path: str = "/x", body: bytes = b"{}", query: tuple[tuple[str, str], ...] = ()) -> Call:
    return Call(step="create", method="POST", path=path, body=body, query=query, read=lambda _reply: {})


def target(url: str, *, trusted: str | None = "127.0.0.1") -> Target:
    return Target(url=url, headers={"Authorization": "Bearer s3cr3t"}, trusted_host=trusted)


async def test_a_whole_reply(transport: Transport) -> None:
    head = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-RateLimit-Limit: 7\r\n\r\n"
    async with serving(answering(head, b"{}")) as url:
        reply = await transport.send(call(), target(url + "/x"))
    assert reply == Reply(
        status=201, headers={"content-length": "2", "x-ratelimit-limit": "7"}, body=b"{}", step="create"
    )


async def test_links_in_several_lines_are_one_list(transport: Transport) -> None:
    told = b'LINK: <a>; rel="next"\r\nlink: <b>; rel="last"\r\nDate: x\r\nDate: y\r\n'
    head = b"HTTP/1.1 200 OK\r\n" + told + b"Content-Length: 0\r\n\r\n"
    async with serving(answering(head)) as url:
        reply = await transport.send(call(), target(url))
    assert reply.headers["link"] == '<a>; rel="next", <b>; rel="last"'
    assert reply.headers["date"] == "y"


async def test_a_reply_with_a_long_header_is_whole(transport: Transport) -> None:
    head = b"HTTP/1.1 201 Created\r\nLink: <" + b"c" * 20_000 + b">\r\nContent-Length: 2\r\n\r\n{}"
    async with serving(answering(head)) as url:
        assert (await transport.send(call(), target(url))).status == 201


@pytest.mark.parametrize("host", ["a..example.com", "a" * 70 + ".example.com"])
async def test_a_name_that_cannot_be_one_was_surely_not_sent(transport: Transport, host: str) -> None:
    """An upload's address is the ATS's word."""
    with pytest.raises(Transient):
        await transport.send(call(), target(f"https://{host}/x"))


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",),
        (b"\x00\xff nonsense \r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",),
    ],
)
async def test_cut_off_or_garbled_may_have_landed(transport: Transport, pieces: tuple[bytes, ...]) -> None:
    async with serving(answering(*pieces)) as url:
        with pytest.raises(Unknown) as caught:
            await transport.send(call(), target(url))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("pieces", [(), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",)])
async def test_an_answer_that_does_not_come_may_have_landed(transport: Transport, pieces: tuple[bytes, ...]) -> None:
    over = asyncio.Event()
    async with serving(answering(*pieces, then_hold=over)) as url:
        with pytest.raises(Unknown):
            await transport.send(call(), target(url))
        over.set()


async def test_a_reply_without_end_is_cut(transport: Transport) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with serving(endless) as url:
        with pytest.raises(Unknown, match="larger than 100000"):
            await transport.send(call(), target(url))


async def test_a_refused_connection_was_surely_not_sent(transport: Transport) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(Transient):
            await transport.send(call(), target(f"http://127.0.0.1:{closed.getsockname()[1]}"))


async def test_a_name_nobody_has_was_surely_not_sent(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_args: object, **_kwargs: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(transport._resolver._resolver, "resolve", unknown)
    with pytest.raises(Transient):
        await transport.send(call(), target("http://nobody.invalid/x", trusted="nobody.invalid"))


async def test_a_failed_tls_handshake_was_surely_not_sent(transport: Transport) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as url:
        with pytest.raises(Transient):
            await transport.send(call(), target(url.replace("http://", "https://")))


METHODS: tuple[Method, ...] = ("GET", "PUT", "DELETE", "POST")


@pytest.mark.parametrize("method", METHODS)
async def test_a_call_cut_off_on_a_kept_connection_is_not_sent_again(transport: Transport, method: Method) -> None:
    """aiohttp itself repeats a PUT there, and at Bullhorn a PUT creates."""
    seen = 0

    async def answer_once_then_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        while True:
            await reader.readuntil(b"\r\n\r\n")
            seen += 1
            if seen > 1:
                return
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    made = replace(call(body=b""), method=method)
    async with serving(answer_once_then_cut) as url:
        await transport.send(made, target(url))
        with pytest.raises(Unknown):
            await transport.send(made, target(url))
    assert seen == 2


@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308"])
async def test_redirects_are_not_followed(transport: Transport, status: bytes) -> None:
    head = b"HTTP/1.1 " + status + b" Moved\r\nLocation: http://127.0.0.1:1/steal\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(head)) as url:
        assert (await transport.send(call(), target(url))).status == int(status)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "https://127.0.0.1:9/x",
        "https://[::1]:9/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/x",
        "http://example.com/x",
        "ftp://example.com/x",
        "https:///x",
        "https://metadata.google.internal/x",
    ],
)
async def test_addresses_outside_the_connection_must_be_public_and_https(transport: Transport, url: str) -> None:
    with pytest.raises(Permanent) as caught:
        await transport.send(call(), target(url, trusted="ats.example"))
    assert caught.value.code == "bad_address"


async def test_a_public_name_that_resolves_to_a_private_address_is_not_called(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rebound(*_args: object, **_kwargs: object) -> list[dict[str, object]]:
        return [{"hostname": "h", "host": "127.0.0.1", "port": 443, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    monkeypatch.setattr(transport._resolver._resolver, "resolve", rebound)
    with pytest.raises(Transient, match="DNS"):
        await transport.send(call(), target("https://files.example/upload", trusted="ats.example"))


async def test_the_query_is_encoded_and_the_secret_is_in_no_error(transport: Transport) -> None:
    seen: list[bytes] = []

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    asked = call(query=(("email", "a+b&c=d@example.com"), ("ids", "1,2")))
    async with serving(note) as url:
        await transport.send(asked, target(url + "/x?key=1"))
    assert b"/x?key=1&email=a%2Bb%26c%3Dd@example.com&ids=1,2 " in seen[0].replace(b"%2C", b",").replace(b"%40", b"@")
    assert b"Bearer s3cr3t" in seen[0]
    assert "s3cr3t" not in repr(target("http://h"))


async def test_uploads_get_more_time(transport: Transport) -> None:
    assert transport.limit_s(call(body=b"x" * 2_000_001)) == LIMITS.upload_s
    assert transport.limit_s(call()) == LIMITS.total_s


async def test_a_cancelled_call_stays_cancelled(transport: Transport) -> None:
    """A worker that is stopped must not turn its stop into an outcome."""
    arrived, over = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await over.wait()

    async with serving(hold) as url:
        task = asyncio.create_task(transport.send(call(), target(url)))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        over.set()
    assert not issubclass(asyncio.CancelledError, DeliveryError)
