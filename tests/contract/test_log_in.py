"""Signing, logging in and staying logged in: one log-in at a time, tokens kept before use, one renewal after a 401."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from adapters.auth import FixedHeaders, OAuth, StandardWebhooks, basic, bearer
from adapters.base import AtsAdapter, Call, Reply, Session
from adapters.pusher import CallSeen, Clock, VendorPusher, followed, under
from adapters.registry import build
from adapters.sessions import MemoryTokens, Sessions
from adapters.transport import Target, TransportSettings
from schemas.errors import ConfigError, Permanent, Transient, Unauthorized, Unknown
from tests.contract.adapter_case import MemoryJournal, reply
from tests.contract.test_adapters import CASES

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WEBHOOK_SECRET = "whsec_plJ3nmyCDGBKInavdOK15jsl"


def granted(token: str, **more: object) -> Reply:
    return reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more})


def oauth(**changes: object) -> OAuth:
    values: dict[str, object] = {
        "token_url": "https://id.example/token",
        "client_id": "me",
        "client_secret": "s3cr3t",
        "refresh_token": "r0",
        "client_in": "form",
        "follow_base": "api",
    }
    return OAuth(**(values | changes))  # type: ignore[arg-type]


class TokenEndpoint:
    """Takes each refresh token once, as JobAdder and Bullhorn do."""

    def __init__(self) -> None:
        self.valid = "r0"
        self.grants = 0
        self.answer: Reply | None = None
        self.calls: list[Call] = []

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        await asyncio.sleep(0)
        if self.answer is not None:
            return Reply(status=self.answer.status, headers=self.answer.headers, body=self.answer.body, step=call.step)
        form = parse_qs(call.body.decode())
        if form["refresh_token"] != [self.valid]:
            return Reply(status=400, body=b'{"error": "invalid_grant"}', step=call.step)
        self.grants += 1
        self.valid = f"r{self.grants}"
        return granted(f"t{self.grants}", refresh_token=self.valid)


# --- signatures ---


def test_standard_webhooks_signs_as_the_reference_does() -> None:
    """Reckoned once more by hand, as the specification writes it."""
    call = Call(
        step="s", method="POST", path="", headers={"webhook-id": "msg_1"}, body=b'{"a":1}', read=lambda _reply: {}
    )
    headers = StandardWebhooks(secret=WEBHOOK_SECRET).headers(call, None, NOW)
    key = base64.b64decode("plJ3nmyCDGBKInavdOK15jsl")
    expected = base64.b64encode(hmac.new(key, b'msg_1.1795435200.{"a":1}', hashlib.sha256).digest()).decode()
    assert headers == {"webhook-timestamp": "1795435200", "webhook-signature": f"v1,{expected}"}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "plJ3nmyCDGBKInavdOK15jsl"])
def test_a_webhook_secret_is_checked_and_not_quoted(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build("webhook", {"secret": secret}, "https://h/x")
    assert not secret or secret not in str(caught.value) or secret == "whsec_"


def test_basic_and_bearer() -> None:
    assert basic("key", "x") == "Basic a2V5Ong="
    assert bearer("t").headers(_call(), None, NOW) == {"Authorization": "Bearer t"}
    assert FixedHeaders(values={"X-Key": "s3cr3t"}).log_in(None, NOW) is None
    assert "s3cr3t" not in repr(FixedHeaders(values={"X-Key": "s3cr3t"})) + repr(oauth()) + repr(
        Session(token="s3cr3t")
    )


def _call() -> Call:
    return Call(step="s", method="GET", path="/x", read=lambda _reply: {})


# --- sessions ---


async def test_one_log_in_serves_many_calls_until_it_ends() -> None:
    endpoint, clock = TokenEndpoint(), [NOW]
    sessions = Sessions(oauth(), MemoryTokens(), lambda: clock[0])
    found = await asyncio.gather(*(sessions.current(endpoint.send) for _ in range(5)))
    assert {session.token for session in found if session} == {"t1"}
    assert endpoint.grants == 1
    clock[0] = NOW + timedelta(seconds=3541)
    renewed = await sessions.current(endpoint.send)
    assert renewed is not None
    assert renewed.token == "t2"


async def test_a_single_use_refresh_token_is_shared_by_processes_and_never_used_twice() -> None:
    endpoint, store = TokenEndpoint(), MemoryTokens()
    processes = [Sessions(oauth(), store, lambda: NOW) for _ in range(6)]
    first = await asyncio.gather(*(process.current(endpoint.send) for process in processes))
    refused = first[0]
    assert refused is not None
    again = await asyncio.gather(*(process.after_refusal(refused, endpoint.send) for process in processes))
    assert {session.token for session in again} == {"t2"}
    assert endpoint.grants == 2


async def test_tokens_are_kept_before_they_are_used_so_a_restart_goes_on() -> None:
    endpoint, store = TokenEndpoint(), MemoryTokens()
    await Sessions(oauth(), store, lambda: NOW).current(endpoint.send)
    kept = await store.load()
    assert kept is not None
    assert kept["refresh_token"] == "r1"
    restarted = await Sessions(oauth(), store, lambda: NOW).current(endpoint.send)
    assert restarted is not None
    assert restarted.token == "t1"
    assert endpoint.grants == 1
    later = await Sessions(oauth(), store, lambda: NOW + timedelta(hours=2)).current(endpoint.send)
    assert later is not None
    assert later.token == "t2"


async def test_a_single_use_refresh_token_survives_a_log_in_that_fails_halfway() -> None:
    """Bullhorn: the grant replaces the refresh token, then the session is opened; that second leg may fail."""
    endpoint, store = TokenEndpoint(), MemoryTokens()
    open_session = {"BhRestToken": "b", "restUrl": "https://rest9.bullhornstaffing.com/x/"}
    opened = [reply(503), reply(200, open_session)]

    async def send(call: Call) -> Reply:
        if call.step != "open session":
            return await endpoint.send(call)
        answer = opened.pop(0)
        return Reply(status=answer.status, body=answer.body, step=call.step)

    credentials = {"client_id": "i", "client_secret": "s", "refresh_token": "r0"}
    sessions = Sessions(build("bullhorn", credentials).auth(), store, lambda: NOW)
    with pytest.raises(Transient):
        await sessions.current(send)
    session = await sessions.current(send)
    assert session is not None
    assert session.token == "b"
    assert endpoint.grants == 2, "the second log-in used the token the first one was given"


async def test_new_credentials_put_the_kept_session_aside() -> None:
    endpoint, store = TokenEndpoint(), MemoryTokens()
    await Sessions(oauth(), store, lambda: NOW).current(endpoint.send)
    endpoint.valid = "fresh"
    session = await Sessions(oauth(refresh_token="fresh"), store, lambda: NOW).current(endpoint.send)
    assert session is not None
    assert session.token == "t2"


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_refused_grant_pauses_the_connection(status: int) -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = reply(status, {"error": "invalid_grant", "error_description": "client me s3cr3t"})
    with pytest.raises(Unauthorized) as caught:
        await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(endpoint.send)
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_token_endpoint_sends_nothing_and_does_not_close_the_gate(status: int) -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = reply(status, None, Retry_After="9")
    with pytest.raises(Transient) as caught:
        await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(endpoint.send)
    assert not caught.value.throttled


@pytest.mark.parametrize("body", [b"", b"{}", b'{"access_token": ""}', b"<html>"])
async def test_a_grant_without_a_token_is_no_session(body: bytes) -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = Reply(status=200, body=body)
    with pytest.raises(Transient):
        await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(endpoint.send)


async def test_a_token_that_no_header_can_carry_is_no_session() -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = granted("to\nken")
    with pytest.raises(Transient):
        await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(endpoint.send)


async def test_a_log_in_that_was_never_answered_leaves_nothing_in_doubt() -> None:
    """What it was for was not sent: no attempt is spent, and nobody has to look."""

    async def cut(call: Call) -> Reply:
        raise Unknown(f"{call.step}: TimeoutError")

    with pytest.raises(Transient):
        await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(cut)


@pytest.mark.parametrize("told", ["soon", -5, None, "3600", 1e400])
async def test_any_life_a_token_endpoint_tells_is_survived(told: object) -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = Reply(
        status=200, body=json.dumps({"access_token": "t", "expires_in": told}).replace("Infinity", '"inf"').encode()
    )
    session = await Sessions(oauth(), MemoryTokens(), lambda: NOW).current(endpoint.send)
    assert session is not None
    assert session.token == "t"


async def test_client_credentials_go_in_the_header() -> None:
    endpoint = TokenEndpoint()
    endpoint.answer = granted("t")
    auth = oauth(refresh_token=None, client_in="header", form={"sub": "7"})
    await Sessions(auth, MemoryTokens(), lambda: NOW).current(endpoint.send)
    call = endpoint.calls[0]
    assert call.headers["Authorization"] == basic("me", "s3cr3t")
    assert parse_qs(call.body.decode()) == {"grant_type": ["client_credentials"], "sub": ["7"]}
    assert not call.signed


# --- the pusher ---


class FakeTransport:
    """Answers by path; remembers what it was asked and with which headers."""

    def __init__(self, answers: Mapping[str, list[Reply]]) -> None:
        self.answers = {path: list(replies) for path, replies in answers.items()}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def limit_s(self, call: Call) -> float:
        return TransportSettings().upload_s if len(call.body) > 2_000_000 else TransportSettings().total_s

    async def send(self, call: Call, target: Target) -> Reply:
        self.asked.append((target.url, target.headers))
        path = next(path for path in self.answers if target.url.endswith(path))
        answer = self.answers[path].pop(0) if len(self.answers[path]) > 1 else self.answers[path][0]
        return Reply(status=answer.status, headers=answer.headers, body=answer.body, step=call.step)


def jobadder(base_url: str | None = None) -> AtsAdapter:
    return build("jobadder", CASES["jobadder"].credentials, base_url)


def pusher(
    adapter: AtsAdapter, transport: FakeTransport, seen: list[CallSeen] | None = None, **clock: object
) -> VendorPusher:
    watch = (seen if seen is not None else []).append
    return VendorPusher(adapter, transport, watch=watch, clock=Clock(**clock))  # type: ignore[arg-type]


_CREATE: dict[str, list[Reply]] = {
    "/connect/token": [granted("t1", refresh_token="r1"), granted("t2", refresh_token="r2")],
    "/jobs/77": [CASES["jobadder"].create["see job"]],
    "/candidates": [CASES["jobadder"].create["create candidate"]],
    "/jobs/77/applications": [CASES["jobadder"].create["create application"]],
    "/attachments/Other": [CASES["jobadder"].create["attach profile"]],
}


async def test_a_401_is_renewed_once_and_the_call_made_again() -> None:
    transport = FakeTransport({**_CREATE, "/candidates": [reply(401), _CREATE["/candidates"][0]]})
    receipt = await pusher(jobadder(), transport).push(
        CASES["jobadder"].delivery(), MemoryJournal(), deadline=time.monotonic() + 99
    )
    assert receipt == CASES["jobadder"].receipt
    tokens = [headers["Authorization"] for url, headers in transport.asked if url.endswith("/candidates")]
    assert tokens == ["Bearer t1", "Bearer t2"]


async def test_a_second_401_pauses_the_connection() -> None:
    transport = FakeTransport({**_CREATE, "/candidates": [reply(401)]})
    with pytest.raises(Unauthorized):
        await pusher(jobadder(), transport).push(
            CASES["jobadder"].delivery(), MemoryJournal(), deadline=time.monotonic() + 99
        )
    assert len([url for url, _ in transport.asked if url.endswith("/candidates")]) == 2


async def test_the_api_host_of_the_log_in_is_used() -> None:
    answers = {**_CREATE, "/connect/token": [granted("t1", refresh_token="r1", api="https://au2api.jobadder.com/v2")]}
    transport = FakeTransport(answers)
    await pusher(jobadder(), transport).push(
        CASES["jobadder"].delivery(), MemoryJournal(), deadline=time.monotonic() + 99
    )
    assert {url.split("/v2")[0] for url, _ in transport.asked[1:]} == {"https://au2api.jobadder.com"}


async def test_no_call_is_begun_without_time_for_it() -> None:
    transport = FakeTransport(_CREATE)
    journal = MemoryJournal()
    with pytest.raises(Transient, match="no time left"):
        await pusher(jobadder(), transport, monotonic=lambda: 100.0).push(
            CASES["jobadder"].delivery(), journal, deadline=129.9
        )
    assert transport.asked == []
    assert journal.open == set()


async def test_a_used_up_rate_window_holds_the_next_call_back() -> None:
    full = Reply(status=200, headers={"x-ratelimit-limit": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "20"}, body=_CREATE["/jobs/77"][0].body)  # fmt: skip  # noqa: E501
    seen: list[CallSeen] = []
    transport = FakeTransport({**_CREATE, "/jobs/77": [full]})
    held = pusher(jobadder(), transport, seen, monotonic=lambda: 100.0)
    journal = MemoryJournal()
    with pytest.raises(Transient) as caught:
        await held.push(CASES["jobadder"].delivery(), journal, deadline=999)
    assert caught.value.retry_after_s == 20.0
    assert caught.value.throttled
    assert seen[-1].limits is not None
    assert seen[-1].limits.limit == 5
    assert journal.open == set()


async def test_evidence_of_each_call_holds_no_person() -> None:
    seen: list[CallSeen] = []
    await pusher(jobadder(), FakeTransport(_CREATE), seen).push(
        CASES["jobadder"].delivery(), MemoryJournal(), deadline=time.monotonic() + 99
    )
    assert [record.step for record in seen] == [
        "log in", "see job", "create candidate", "create application", "attach profile",
    ]  # fmt: skip
    assert not any(word in repr(seen) for word in ("Augusta", "example.com", "s3cr3t"))


@pytest.mark.parametrize(
    ("base", "told", "used"),
    [
        ("https://api.jobadder.com/v2", "https://eu2api.jobadder.com/v2", "https://eu2api.jobadder.com/v2"),
        ("https://api.jobadder.com/v2", "https://evil.example/v2", "https://api.jobadder.com/v2"),
        ("https://api.jobadder.com/v2", "http://eu2api.jobadder.com/v2", "https://api.jobadder.com/v2"),
        ("http://127.0.0.1:9/x/v2", "http://127.0.0.1:9/y/v2", "http://127.0.0.1:9/y/v2"),
        ("http://127.0.0.1:9/x/v2", "https://api.jobadder.com/v2", "http://127.0.0.1:9/x/v2"),
        ("http://127.0.0.1:9/x/v2", "https://10.0.0.1/v2", "http://127.0.0.1:9/x/v2"),
        ("http://localhost:9/v2", "https://localhost/v2", "http://localhost:9/v2"),
        ("http://localhost:9/v2", "http://[string", "http://localhost:9/v2"),
        ("https://api.jobadder.com/v2", None, "https://api.jobadder.com/v2"),
    ],
)
def test_a_named_base_is_followed_only_within_the_vendors_domain(base: str, told: str | None, used: str) -> None:
    assert followed(base, Session(token="t", base_url=told)) == used


@pytest.mark.parametrize(
    ("base", "path", "url"),
    [
        ("https://h/v3", "/jobs", "https://h/v3/jobs"),
        ("https://h/v3/", "/jobs", "https://h/v3/jobs"),
        ("https://h/hook/?code=1", "", "https://h/hook/?code=1"),
        ("https://h/mock?key=1", "/jobs", "https://h/mock/jobs?key=1"),
    ],
)
def test_paths_go_below_the_base(base: str, path: str, url: str) -> None:
    assert under(base, path) == url


async def test_what_stops_a_preflight_is_a_finding() -> None:
    transport = FakeTransport({"/connect/token": [reply(400, {"error": "invalid_grant"})]})
    findings = await pusher(jobadder(), transport).check("77")
    assert [finding.ok for finding in findings] == [False]
    assert findings[0].remedy


async def test_a_bad_job_id_is_refused_before_any_call() -> None:
    transport = FakeTransport({})
    with pytest.raises(Permanent) as caught:
        await pusher(jobadder(), transport).push(
            CASES["jobadder"].delivery(ats_job_id="../candidates"), MemoryJournal(), deadline=time.monotonic() + 99
        )
    assert caught.value.code == "bad_job_id"
    assert transport.asked == []
