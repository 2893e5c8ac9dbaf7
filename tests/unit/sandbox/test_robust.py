"""No request, however broken, is answered by a crash of the sandbox; and every vendor is told of with its facts."""

from __future__ import annotations

import json
import random
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import base_url, credentials
from adapters.sandbox.store import Application, Candidate
from adapters.sandbox.vendor import Vendor
from adapters.sandbox.vendors import VENDORS
from adapters.sandbox.wire import Request
from adapters.sandbox.world import World
from tests.unit.sandbox.talk import PDF, START, basic, new_world, signed

BAD = {"authorization": "Basic !", "webhook-id": "x", "webhook-timestamp": "x"}
KEYS = ("id", "name", "email", "candidate", "candidateId", "data", "attachments", "contents", "firstName", "first_name")
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**40,
    1.5,
    "",
    "x",
    "7",
    "zoë\u202e",
    [],
    {},
    [{}],
    {"id": []},
    ["x"],
    "a@b.example",
)


def value(lot: random.Random, depth: int = 0) -> Any:
    if depth > 2 or lot.random() < 0.4:
        return lot.choice(VALUES)
    if lot.random() < 0.3:
        return [value(lot, depth + 1) for _ in range(lot.randrange(3))]
    return {lot.choice(KEYS): value(lot, depth + 1) for _ in range(lot.randrange(5))}


def body(lot: random.Random) -> tuple[bytes, str]:
    form = (
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="\xff.pdf"\r\n\r\n'
        + PDF
        + b"\r\n--edge--\r\n"
    )
    return lot.choice(
        [
            (json.dumps(value(lot)).encode(), "application/json"),
            (lot.randbytes(40), "application/json"),
            (lot.randbytes(40), "multipart/form-data; boundary=edge"),
            (form, "multipart/form-data; boundary=edge"),
            (form[:-9], "multipart/form-data; boundary=edge"),
            (b"grant_type=%ff&a", "application/x-www-form-urlencoded"),
            (b"", ""),
        ]
    )


def inhabit(world: World, vendor: str) -> None:
    """Somebody on some job, all with the id 1, and a token that is good."""
    account = world.account("acme", vendor)
    extra = {"sourced": True, "tags": [], "name": "Ana Ruiz"}
    account.add_candidate(
        Candidate(
            id="1",
            first_name="Ana",
            last_name="Ruiz",
            emails=["a@b.example"],
            phones=[],
            source=None,
            created_at=START,
            extra=dict(extra),
        )
    )
    account.add_application(
        Application(id="1", candidate_id="1", job_id="1", source=None, created_at=START, extra=dict(extra))
    )
    for kept in ("tokens", "sessions"):
        account.memory[kept] = {"good": START + timedelta(days=1)}


def good_headers(vendor: str, sent: bytes) -> dict[str, str]:
    """Credentials that get past the door."""
    login = credentials(vendor)
    return {
        "webhook": signed(login.get("secret", ""), "k1", START, sent),
        "greenhouse": {"authorization": "Bearer good"},
        "jobadder": {"authorization": "Bearer good"},
        "bullhorn": {"bhresttoken": "good"},
        "kombo": {
            "authorization": f"Bearer {login.get('api_key')}",
            "x-integration-id": login.get("integration_id", ""),
        },
        "merge": {
            "authorization": f"Bearer {login.get('api_key')}",
            "x-account-token": login.get("account_token", ""),
        },
        "lever": {"authorization": basic(login.get("api_key", ""), "")},
        "ashby": {"authorization": basic(login.get("api_key", ""), "")},
        "bamboohr": {"authorization": basic(login.get("api_key", ""), "x"), "accept": "application/json"},
        "smartrecruiters": {"x-smarttoken": login.get("api_key", "")},
        "personio": {"authorization": f"Bearer {login.get('token')}", "x-company-id": login.get("company_id", "")},
        "teamtailor": {
            "authorization": f"Token token={login.get('api_key')}",
            "x-api-version": "20240904",
            "content-type": "application/vnd.api+json",
        },
        "workable": {"authorization": f"Bearer {login.get('access_token')}"},
        "zohorecruit": {"authorization": "Zoho-oauthtoken good"},
    }[vendor]


def query(lot: random.Random) -> tuple[tuple[str, str], ...]:
    names = (
        "limit",
        "per_page",
        "page",
        "offset",
        "cursor",
        "ids",
        "Limit",
        "since_id",
        "fields",
        "where",
        "query",
        "q",
    )
    values = ("", "²", "-1", "0", "1", "x", "9" * 30, "%", "é", "'", '"', "(")
    return tuple((lot.choice(names), lot.choice(values)) for _ in range(lot.randrange(3)))


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=list(VENDORS))
def test_broken_requests_are_answered(vendor: Vendor) -> None:
    lot, world = random.Random(f"robust {vendor.name}"), new_world()
    inhabit(world, vendor.name)
    for number in range(1500):
        route = lot.choice(vendor.routes)
        sent, kind = body(lot)
        request = Request(
            at=START,
            method=route.method,
            path=re.sub(r"\{[a-z_]+\}", lambda _: lot.choice(["1", "x", "é", "9" * 30, "%"]), route.pattern),
            query=query(lot),
            headers={"content-type": kind, **(good_headers(vendor.name, sent) if lot.random() < 0.9 else BAD)},
            body=sent,
            base_url=base_url("http://sandbox.test", vendor.name, "acme"),
        )
        assert 200 <= world.take(vendor, "acme", request).answer.status < 600, number


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=list(VENDORS))
def test_every_vendor_states_its_sources(vendor: Vendor) -> None:
    assert vendor.sources
    module = Path(__file__).parents[3] / "adapters" / "sandbox" / "vendors" / f"{vendor.name}.py"
    assert "Facts" in module.read_text(encoding="utf-8").split('"""')[1]


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=list(VENDORS))
def test_credentials_are_not_in_its_repr(vendor: Vendor) -> None:
    assert not any(secret in repr(vendor) for name, secret in vendor.credentials.items() if "secret" in name)
