"""The sandbox on a real socket: control routes, and every way in which an answer fails to arrive."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from adapters.sandbox import Plan, Rules, Sandbox, SandboxSettings, base_url, credentials, serve
from adapters.sandbox.received import Received
from adapters.sandbox.store import Account
from tests.unit.sandbox.talk import PDF, signed
from tests.unit.sandbox.test_webhook import SECRET, message


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.url) as session:
        yield session


async def deliver(client: aiohttp.ClientSession, key: str = "k1", account: str = "acme") -> tuple[int, bytes]:
    body = json.dumps(message(key, f"app-{key}")).encode()
    headers = signed(SECRET, key, datetime.now(UTC), body)
    async with client.post(f"/webhook/{account}", data=body, headers=headers) as reply:
        return reply.status, await reply.read()


async def asked(client: aiohttp.ClientSession, path: str) -> Any:
    async with client.get(path) as reply:
        assert reply.status == 200, path
        return await reply.json()


async def put(client: aiohttp.ClientSession, path: str, value: Any) -> tuple[int, Any]:
    async with client.put(path, json=value) as reply:
        return reply.status, await reply.json()


def at_the_next(patch: pytest.MonkeyPatch, owner: type, method: str) -> asyncio.Event:
    """Set when the method has run."""
    happened, before = asyncio.Event(), getattr(owner, method)

    def noticed(*args: Any, **kwargs: Any) -> Any:
        result = before(*args, **kwargs)
        happened.set()
        return result

    patch.setattr(owner, method, noticed)
    return happened


async def log(client: aiohttp.ClientSession, query: str = "") -> list[dict[str, Any]]:
    async with client.get(f"/_sandbox/requests{query}") as reply:
        assert reply.content_type == "application/x-ndjson"
        return [json.loads(line) for line in (await reply.text()).splitlines()]


async def test_a_request_is_logged_as_it_was_received(client: aiohttp.ClientSession) -> None:
    assert (await deliver(client))[0] == 200
    (entry,) = await log(client)
    body = json.dumps(message("k1", "app-k1"))
    assert {
        name: entry[name] for name in ("n", "vendor", "connection", "step", "method", "path", "status", "fault")
    } == {
        "n": 1,
        "vendor": "webhook",
        "connection": "acme",
        "step": "deliver",
        "method": "POST",
        "path": "/webhook/acme",
        "status": 200,
        "fault": None,
    }
    assert entry["body"] == body
    assert entry["headers"]["webhook-id"] == "k1"


async def test_the_log_is_asked_by_account_and_since(client: aiohttp.ClientSession) -> None:
    for account in ("acme", "globex", "acme"):
        await deliver(client, account=account)
    assert [entry["n"] for entry in await log(client, "?account=acme")] == [1, 3]
    assert [entry["n"] for entry in await log(client, "?since=1")] == [2, 3]
    async with client.get("/_sandbox/requests?since=yesterday") as reply:
        assert reply.status == 400


async def test_a_query_is_logged_decoded(client: aiohttp.ClientSession) -> None:
    async with client.get("/jobadder/acme/v2/candidates?Email=a%2Bb@x.example&Sort=a&Sort=b"):
        pass
    (entry,) = await log(client)
    assert entry["query"] == {"Email": "a+b@x.example", "Sort": ["a", "b"]}


async def test_a_binary_body_is_logged_whole(client: aiohttp.ClientSession) -> None:
    async with client.post("/jobadder/acme/v2/candidates", data=b"\xff\xfe\x00"):
        pass
    assert (await log(client))[0]["body"] == {"base64": "//4A"}


async def test_the_state_holds_what_arrived_and_how_often(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    await deliver(client, "k1")
    await deliver(client, "k1")
    state = (await asked(client, "/_sandbox/state"))["accounts"]["acme"]
    assert [len(state[name]) for name in ("candidates", "applications", "attachments")] == [1, 1, 1]
    assert state["creations"] == [{"job_id": "77", "who": "app-k1", "applications": 1}]
    assert (state["duplicate_applications"], state["incidents"]["repeated_id"]) == (0, 1)
    assert state["attachments"][0]["size"] == len(PDF)
    assert (await asked(client, "/_sandbox/state?account=globex"))["accounts"] == {}
    assert sandbox.state()["accounts"].keys() == {"acme"}


@pytest.mark.parametrize("fault", ["commit_then_reset", "commit_then_reset_in_body", "reset_no_commit", "late_commit"])
async def test_a_reset_is_a_reset_on_the_wire(sandbox: Sandbox, client: aiohttp.ClientSession, fault: str) -> None:
    sandbox.put_faults({"acme": Plan(script=(fault,), late_commit_s=3600)})
    with pytest.raises(aiohttp.ClientError):
        await deliver(client)
    assert (await log(client))[0]["status"] is None
    assert (await deliver(client, "k2"))[0] == 200


async def test_a_reset_inside_the_body_comes_after_the_status(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    sandbox.put_faults({"acme": Plan(script=("commit_then_reset_in_body",))})
    body = json.dumps(message()).encode()
    headers = signed(SECRET, "k1", datetime.now(UTC), body)
    async with client.post("/webhook/acme", data=body, headers=headers) as reply:
        assert reply.status == 200
        with pytest.raises(aiohttp.ClientError):
            await reply.read()


@pytest.mark.parametrize(("fault", "landed"), [("commit_then_timeout", 1), ("timeout_no_commit", 0), ("hang", 0)])
async def test_a_held_request_is_never_answered(
    sandbox: Sandbox, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, fault: str, landed: int
) -> None:
    arrived = at_the_next(monkeypatch, Received, "add")
    sandbox.put_faults({"acme": Plan(script=(fault,))})
    waiting = asyncio.create_task(deliver(client))
    await arrived.wait()
    assert (await deliver(client, "k2", "globex"))[0] == 200
    assert not waiting.done()
    assert len(sandbox.world.account("acme", "webhook").applications) == landed
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)


async def test_closing_ends_those_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = at_the_next(monkeypatch, Received, "add")
    async with Sandbox() as other, aiohttp.ClientSession(other.url) as session:
        other.put_faults({"*": Plan(script=("hang",), hold_s=3600)})
        waiting = asyncio.create_task(deliver(session))
        await arrived.wait()
    with pytest.raises(aiohttp.ClientError):
        await waiting


async def test_a_late_commit_lands_by_itself(
    sandbox: Sandbox, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    landed = at_the_next(monkeypatch, Account, "add_application")
    sandbox.put_faults({"acme": Plan(script=("late_commit",), late_commit_s=0.01)})
    with pytest.raises(aiohttp.ClientError):
        await deliver(client)
    await landed.wait()
    assert len(sandbox.world.account("acme", "webhook").applications) == 1


async def test_faults_and_rules_over_http(client: aiohttp.ClientSession) -> None:
    assert (await put(client, "/_sandbox/faults", {"acme": {"script": ["500"]}}))[0] == 200
    assert (await deliver(client))[0] == 500
    assert (await asked(client, "/_sandbox/faults"))["fired"]["acme"] == [{"500": 1}]
    async with client.delete("/_sandbox/faults") as reply:
        assert reply.status == 204
    assert (await put(client, "/_sandbox/accounts/acme", {"closed_jobs": ["77"]}))[0] == 200
    status, rules = await put(client, "/_sandbox/accounts/acme", {"lookup_lag_s": 2})
    assert (status, rules["closed_jobs"], rules["lookup_lag_s"]) == (200, ["77"], 2)
    assert (await deliver(client))[0] == 422


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/_sandbox/faults", {"acme": {"rates": {"boom": 1}}}),
        ("/_sandbox/accounts/acme", {"closed": []}),
        ("/_sandbox/accounts/acme", {"revoked": "yes"}),
        ("/_sandbox/accounts/", {"revoked": True}),
        ("/_sandbox/faults", []),
    ],
)
async def test_a_setting_that_makes_no_sense_is_400_with_the_reason(
    client: aiohttp.ClientSession, path: str, value: Any
) -> None:
    status, said = await put(client, path, value)
    assert status == 400
    assert said["error"]


async def test_an_unknown_control_route_names_the_known_ones(client: aiohttp.ClientSession) -> None:
    async with client.get("/_sandbox/nonsense") as reply:
        assert reply.status == 404
        assert "PUT /_sandbox/faults" in (await reply.json())["error"]


async def test_reset_forgets_everything(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    sandbox.put_rules("acme", Rules(lookup_lag_s=1))
    await deliver(client)
    async with client.delete("/_sandbox") as reply:
        assert reply.status == 204
    assert await log(client) == []
    assert (await asked(client, "/_sandbox/state"))["accounts"] == {}
    assert sandbox.world.rules == {}


async def test_without_bodies_only_digests_and_sizes_remain() -> None:
    settings = SandboxSettings(keep_bodies=False, keep_attachments=False)
    async with Sandbox(settings) as lean, aiohttp.ClientSession(lean.url) as client:
        await deliver(client)
        (entry,) = await log(client)
        assert entry["body"].keys() == {"sha256", "size"}
        (file,) = lean.state()["accounts"]["acme"]["attachments"]
        assert file["size"] == len(PDF)
        assert lean.world.blobs.get(file["sha256"]) is None


async def test_a_body_beyond_the_limit_is_413() -> None:
    async with Sandbox(SandboxSettings(max_body_bytes=10)) as small, aiohttp.ClientSession(small.url) as client:
        assert (await deliver(client))[0] == 413


async def test_account_names_are_free_text(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    assert base_url(sandbox.url, "webhook", "Ünï & Co") == f"{sandbox.url}/webhook/%C3%9Cn%C3%AF%20%26%20Co"
    await deliver(client, account="Ünï & Co")
    assert list((await asked(client, "/_sandbox/state"))["accounts"]) == ["Ünï & Co"]


async def test_the_vendors_say_their_prefix_and_credentials(client: aiohttp.ClientSession) -> None:
    vendors = await asked(client, "/_sandbox/vendors")
    assert vendors["greenhouse"]["prefix"] == "v3"
    assert vendors["greenhouse"]["credentials"] == credentials("greenhouse")


def test_serve_tells_its_address_and_stops_on_sigterm() -> None:
    told: list[str] = []

    def ready(url: str) -> None:
        told.append(url)
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))):
            os.kill(os.getpid(), signal.SIGTERM)

    serve(0, ready=ready)
    assert told
