"""Preflight of every vendor over HTTP against the sandbox: what is wrong is told, and a synthetic candidate tried."""

from __future__ import annotations

import re
import uuid

import pypdfium2
import pytest

from adapters import registry
from adapters.base import Finding
from adapters.findings import in_words
from adapters.pusher import VendorPusher
from adapters.sandbox import Rules, Sandbox, base_url, credentials
from adapters.transport import Transport
from app.wiring.preflight import one_page, synthetic, try_out, worth_trying
from schemas.connection import Connection
from schemas.errors import JobClosed, Permanent, Transient, Unauthorized, Unknown
from tests.contract.pdf_links import link_to
from tests.contract.preflight_cases import PREFLIGHTS, Preflight
from tests.contract.test_adapters import CASES

SOURCE = "source FactoryFix"


def _link(key: uuid.UUID) -> str:
    return link_to(one_page(), f"FactoryFix-{key}")


@pytest.fixture(params=sorted(PREFLIGHTS))
def vendor(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


class Check:
    """One connection of the sandbox, under rules, and what its preflight says."""

    def __init__(self, vendor: str, sandbox: Sandbox, transport: Transport, rules: Rules, **changed: str) -> None:
        self.vendor, self.sandbox, self.job = vendor, sandbox, CASES[vendor].ats_job_id
        sandbox.put_rules("acme", rules)
        adapter = registry.build(vendor, {**credentials(vendor), **changed}, base_url(sandbox.url, vendor, "acme"))
        self.pusher = VendorPusher(adapter, transport)

    async def read(self) -> dict[str, Finding]:
        return {found.what: found for found in await self.pusher.check(self.job)}

    async def write(self) -> tuple[Finding, ...]:
        connection = Connection(name="acme", employer_id="emp", vendor=self.vendor, trigger="new")
        return await try_out(self.pusher, synthetic(connection, self.job, _link), deadline_s=300)

    def applications(self) -> int:
        account = self.sandbox.state()["accounts"].get("acme", {"applications": []})
        return len(account["applications"])


def case_of(vendor: str) -> Preflight:
    return PREFLIGHTS[vendor]


def assert_understood(found: Finding) -> None:
    """Said in words before any status, and with something to do."""
    assert not found.ok
    assert found.remedy
    assert re.match(r"[A-Za-z]", found.detail)
    assert not re.match(r"(HTTP|[a-z ]+: HTTP)", found.detail), found.detail


def test_every_vendor_has_a_preflight_case() -> None:
    assert set(PREFLIGHTS) == set(registry.known())


async def test_a_synthetic_candidate_comes_and_goes(vendor: str, ats: Sandbox, transport: Transport) -> None:
    check = Check(vendor, ats, transport, Rules(known_jobs=(CASES[vendor].ats_job_id,)))
    assert all(found.ok for found in (await check.read()).values())
    assert check.applications() == 0
    findings = await check.write()
    assert [found.what for found in findings if not found.ok] == []
    assert findings[0].what == "create a synthetic candidate"
    last = findings[-1]
    assert last.what == "clean up"
    account = ats.state()["accounts"]["acme"]
    assert [one["applications"] for one in account["creations"]] == [1]
    if case_of(vendor).removes:
        assert all(one["erased_at"] for one in account["candidates"])
        assert last.detail == "removed"
    else:
        assert "by hand" in last.remedy
        assert "FactoryFix Preflight (please ignore)" in last.remedy


async def test_what_was_written_is_read_back_or_said_not_to_be(vendor: str, ats: Sandbox, transport: Transport) -> None:
    findings = await Check(vendor, ats, transport, Rules()).write()
    read = [found for found in findings if found.what.startswith("read back: ")]
    assert read
    assert all(found.detail == "found again" or found.detail.startswith("not checked: ") for found in read)
    assert any(found.detail == "found again" for found in read) == case_of(vendor).reads_back


async def test_credentials_nobody_accepts_are_told(vendor: str, ats: Sandbox, transport: Transport) -> None:
    check = Check(vendor, ats, transport, Rules(revoked=True))
    findings = await check.read()
    if case_of(vendor).read is not None:
        first = next(iter(findings.values()))
        assert_understood(first)
        assert re.search("credentials|does not allow", first.detail)
        assert not worth_trying(tuple(findings.values()))
    (found,) = await check.write()
    assert_understood(found)
    assert "nothing was created" in found.remedy
    told = " ".join(f"{found.detail} {found.remedy}" for found in [*findings.values(), found])
    assert not [value for value in credentials(vendor).values() if len(value) > 6 and value in told]


async def test_a_permission_that_is_missing_is_told(vendor: str, ats: Sandbox, transport: Transport) -> None:
    forbidden = case_of(vendor).read
    if forbidden is None:
        return  # the write below shows it
    findings = await Check(vendor, ats, transport, Rules(forbidden=(forbidden,))).read()
    wrong = [found for found in findings.values() if not found.ok]
    assert wrong
    for found in wrong:
        assert_understood(found)
    assert not worth_trying(tuple(findings.values()))


async def test_a_permission_to_write_that_is_missing_is_told(vendor: str, ats: Sandbox, transport: Transport) -> None:
    check = Check(vendor, ats, transport, Rules(forbidden=(case_of(vendor).write,)))
    (found,) = await check.write()
    assert_understood(found)
    assert re.search("permission|credentials", found.remedy)
    assert check.applications() == 0


async def test_a37_a_closed_job_is_told_and_nothing_is_created(vendor: str, ats: Sandbox, transport: Transport) -> None:
    check = Check(vendor, ats, transport, Rules(closed_jobs=(CASES[vendor].ats_job_id,)))
    findings = await check.read()
    if case_of(vendor).sees_jobs:
        assert_understood(findings["linked job"])
        assert findings["linked job"].remedy == "reopen the job in the ATS, or link another"
        assert worth_trying(tuple(findings.values()))
    (found,) = await check.write()
    assert_understood(found)
    assert "reopen the job" in found.remedy
    assert check.applications() == 0


async def test_a_job_nobody_knows_is_told_and_nothing_is_created(
    vendor: str, ats: Sandbox, transport: Transport
) -> None:
    check = Check(vendor, ats, transport, Rules(known_jobs=("990017",)))
    findings = await check.read()
    if case_of(vendor).sees_jobs:
        assert_understood(findings["linked job"])
        assert "no such job" in findings["linked job"].detail
    found = (await check.write())[0]
    assert_understood(found)
    assert check.applications() == 0


@pytest.mark.parametrize("spelled", ["Factory Fix", "LinkedIn 2", ""])
async def test_r11_a_source_missing_or_misspelled_is_told(
    vendor: str, ats: Sandbox, transport: Transport, spelled: str
) -> None:
    findings = await Check(vendor, ats, transport, Rules(source_name=spelled)).read()
    if case_of(vendor).source != "listed":
        assert SOURCE not in findings or findings[SOURCE].ok
        return
    assert_understood(findings[SOURCE])
    assert "FactoryFix" in findings[SOURCE].remedy
    assert worth_trying(tuple(findings.values())), "the rest can be tried all the same"


async def test_r11_a_configured_source_of_another_name_is_told(vendor: str, ats: Sandbox, transport: Transport) -> None:
    if case_of(vendor).source != "listed":
        return
    findings = await Check(vendor, ats, transport, Rules(), source_id="4711").read()
    assert_understood(findings[SOURCE])
    assert credentials(vendor)["source_id"] in findings[SOURCE].remedy


async def test_an_ats_that_is_away_is_told(vendor: str, transport: Transport) -> None:
    """Where nothing can be asked, only `--write` could show it."""
    if case_of(vendor).read is None:
        return
    async with Sandbox() as gone:
        check = Check(vendor, gone, transport, Rules())
    findings = await check.read()
    assert_understood(next(iter(findings.values())))


@pytest.mark.parametrize(
    "error",
    [
        Transient("see job: could not connect"),
        Permanent("create candidate: HTTP 404", code="not_found"),
        Permanent("create candidate: HTTP 418"),
        Permanent("create candidate: HTTP 422", code="invalid", fields=("email",)),
        Unauthorized("see job: HTTP 401"),
        JobClosed("create candidate: HTTP 422, the job is closed"),
        Unknown("see job: HTTP 500"),
    ],
)
def test_every_kind_of_failure_has_words(error: Transient | Permanent | Unauthorized | JobClosed | Unknown) -> None:
    said, remedy = in_words(error)
    assert_understood(Finding(what="x", ok=False, detail=said, remedy=remedy))
    assert said.endswith(f"({error})"), "for whoever helps them"
    assert "email" in said or "email" not in getattr(error, "fields", ())


def test_the_synthetic_page_is_a_pdf_that_says_what_it_is() -> None:
    document = pypdfium2.PdfDocument(one_page())
    assert "Not a real candidate" in document[0].get_textpage().get_text_range()
    document.close()


def test_each_preflight_has_a_candidate_of_its_own() -> None:
    connection = Connection(name="acme", employer_id="emp", vendor="webhook", trigger="new")
    first, second = (synthetic(connection, "77", _link) for _ in range(2))
    assert first.person.email != second.person.email
    assert first.key != second.key
