"""Greenhouse as a partner: a refresh token that works once, kept before use, and renewed while nothing is sent."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from adapters import sandbox
from adapters.auth import OAuth, token_address
from adapters.base import Call, LogIn, Session
from adapters.pusher import Clock, VendorPusher
from adapters.registry import build
from adapters.sandbox import Rules, Sandbox
from adapters.sandbox.vendors.greenhouse_token import REFRESH_TOKEN
from adapters.sessions import MemoryTokens
from adapters.transport import Transport
from schemas.codec import decode
from schemas.errors import Unauthorized
from tests.contract.adapter_case import MemoryJournal, reply
from tests.contract.test_adapters import CASES

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CASE = CASES["greenhouse"]


@dataclass
class Later:
    """A clock that a test turns on."""

    at: datetime

    def now(self) -> datetime:
        return self.at


def partner(ats: Sandbox, transport: Transport, tokens: MemoryTokens, clock: Clock | None = None) -> VendorPusher:
    credentials = {**sandbox.credentials("greenhouse"), "refresh_token": REFRESH_TOKEN}
    adapter = build("greenhouse", credentials, sandbox.base_url(ats.url, "greenhouse", "acme"))
    return VendorPusher(adapter, transport, tokens=tokens, clock=clock)


def requests(ats: Sandbox) -> list[dict[str, str]]:
    return [decode(line) for line in ats.world.received.lines(account="acme")]


def grants(ats: Sandbox) -> list[dict[str, list[str]]]:
    return [parse_qs(seen["body"]) for seen in requests(ats) if seen["step"] == "token"]


async def test_r01_a_partner_delivers_with_the_refresh_token_of_the_consent(ats: Sandbox, transport: Transport) -> None:
    tokens = MemoryTokens()
    receipt = await partner(ats, transport, tokens).push(
        CASE.delivery(), MemoryJournal(), deadline=time.monotonic() + 60
    )
    assert receipt.attachment_id
    (grant,) = grants(ats)
    assert grant["grant_type"] == ["refresh_token"]
    assert grant["refresh_token"] == [REFRESH_TOKEN]
    kept = await tokens.load()
    assert kept is not None
    assert kept["refresh_token"] != REFRESH_TOKEN


async def test_a38_the_next_process_goes_on_with_the_newest_refresh_token(ats: Sandbox, transport: Transport) -> None:
    ats.put_rules("acme", Rules(token_ttl_s=1.0))  # ends before a minute is left: every use logs in anew
    tokens = MemoryTokens()
    for _ in range(3):
        found = await partner(ats, transport, tokens).check(None)
        assert all(finding.ok for finding in found)
    used = [grant["refresh_token"][0] for grant in grants(ats)]
    assert len(set(used)) == len(used) >= 3
    with pytest.raises(Unauthorized):
        await partner(ats, transport, MemoryTokens()).stay_logged_in()


async def test_a_partner_names_no_user_and_a_custom_integration_does() -> None:
    for more, named in (({"refresh_token": "r"}, None), ({}, ["7"])):
        adapter = build("greenhouse", {"client_id": "i", "client_secret": "s", "user_id": "7", **more})
        call = next(flow_of(adapter.auth().log_in(None, NOW)))
        assert isinstance(call, Call)
        assert parse_qs(call.body.decode()).get("sub") == named


async def test_a_log_in_is_renewed_only_once_it_has_ended(ats: Sandbox, transport: Transport) -> None:
    later = Later(datetime.now(UTC))
    pusher = partner(ats, transport, MemoryTokens(), Clock(now=later.now))
    await pusher.stay_logged_in()
    await pusher.stay_logged_in()
    assert len(grants(ats)) == 1
    later.at += timedelta(hours=1)
    await pusher.stay_logged_in()
    assert len(grants(ats)) == 2
    assert [line["step"] for line in requests(ats)] == ["token", "token"], "nothing else is called"


async def test_where_there_is_nothing_to_log_in_with_nothing_is_called(ats: Sandbox, transport: Transport) -> None:
    adapter = build("lever", sandbox.credentials("lever"), sandbox.base_url(ats.url, "lever", "acme"))
    await VendorPusher(adapter, transport).stay_logged_in()
    assert requests(ats) == []


@pytest.mark.parametrize(
    ("told", "lives"),
    [
        ({"expires_at": "2026-11-24T12:20:00Z"}, timedelta(minutes=20)),
        ({"expires_at": "2026-11-24T12:20:00"}, timedelta(minutes=20)),
        ({"expires_at": "2026-11-24T12:20:00+00:00", "expires_in": 60}, timedelta(minutes=1)),
        ({"expires_at": "2026-11-24T11:00:00Z"}, timedelta(hours=1)),  # a clock is wrong; not: useless at once
        ({"expires_at": "soon"}, timedelta(hours=1)),
        ({"expires_at": 1795522800}, timedelta(hours=1)),
        ({}, timedelta(hours=1)),
    ],
)
def test_the_end_of_a_token_is_told_as_an_instant(told: dict[str, object], lives: timedelta) -> None:
    oauth = OAuth(token_url="https://x/token", client_id="i", client_secret="s", refresh_token="r")
    flow = flow_of(oauth.log_in(None, NOW))
    call = next(flow)
    assert isinstance(call, Call)
    with pytest.raises(StopIteration) as ended:
        flow.send(call.read(reply(200, {"access_token": "t", **told})))
    session = ended.value.value
    assert isinstance(session, Session)
    assert session.expires_at == NOW + lives


@pytest.mark.parametrize(
    ("vendor", "base_url", "address"),
    [
        ("greenhouse", "https://harvest.greenhouse.io/v3", "https://auth.greenhouse.io/token"),
        ("greenhouse", "https://harvest.greenhouse.io/v3/", "https://auth.greenhouse.io/token"),
        ("greenhouse", "http://127.0.0.1:4010/v3/", "http://127.0.0.1:4010/v3/token"),
        ("greenhouse", "https://notgreenhouse.io/v3", "https://notgreenhouse.io/v3/token"),
        ("jobadder", "https://us1api.jobadder.com/v2/", "https://id.jobadder.com/connect/token"),
        ("jobadder", "http://127.0.0.1:4010/mock", "http://127.0.0.1:4010/mock/connect/token"),
        (
            "bullhorn",
            "https://rest45.bullhornstaffing.com/rest-services",
            "https://auth.bullhornstaffing.com/oauth/token",
        ),
    ],
)
def test_a_log_in_goes_to_the_vendors_own_address_or_below_the_mock(vendor: str, base_url: str, address: str) -> None:
    adapter = build(vendor, {"client_id": "i", "client_secret": "s", "refresh_token": "r"}, base_url)
    call = next(flow_of(adapter.auth().log_in(None, NOW)))
    assert isinstance(call, Call)
    assert call.path == address


def test_a_configured_address_to_log_in_at_comes_first() -> None:
    told = token_address(
        "https://eu.example/token", "https://x.jobadder.com", vendors="https://id.jobadder.com", path="/"
    )
    assert told == "https://eu.example/token"


def flow_of(flow: LogIn | None) -> LogIn:
    assert flow is not None
    return flow
