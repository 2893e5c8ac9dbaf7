"""An ATS that fetches files by itself: from this machine only, in a while and up to a size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from adapters.sandbox import SandboxSettings
from adapters.sandbox.fetching import with_files
from adapters.sandbox.vendors import VENDORS
from adapters.sandbox.wire import Fetched, Request
from tests.contract.pdf_links import ELSEWHERE, NOT_THERE, TOO_LATE, link_that_fails, link_to
from tests.unit.sandbox.talk import PDF, START

ASKED = Request(at=START, method="POST", path="somewhere")


async def fetched(*addresses: str, **settings: float) -> Request:
    def named(_request: Request) -> Iterable[str]:
        return addresses

    vendor = replace(VENDORS["kombo"], addresses=named)
    return await with_files(vendor, ASKED, SandboxSettings(**settings))  # type: ignore[arg-type]


async def test_the_bytes_behind_an_address_come_with_the_request() -> None:
    address = link_to(PDF, "sandbox")
    assert (await fetched(address)).files == {address: Fetched(content=PDF)}
    assert await fetched() is ASKED


@pytest.mark.parametrize(
    ("path", "why"), [(NOT_THERE, "HTTP 404"), (ELSEWHERE, "HTTP 302"), (TOO_LATE, "no answer in time")]
)
async def test_what_cannot_be_had_says_why(path: str, why: str) -> None:
    address = link_that_fails(path)
    assert (await fetched(address, fetch_s=0.2)).files == {address: Fetched(why=why)}


async def test_a_file_beyond_the_limit_is_not_kept() -> None:
    address = link_to(PDF, "sandbox")
    assert (await fetched(address, max_body_bytes=len(PDF) - 1)).files[address].why == "too large"
    assert (await fetched(address, max_body_bytes=len(PDF))).files[address].content == PDF


@pytest.mark.parametrize(
    "address",
    [
        "https://files.example/a.pdf",
        "http://10.0.0.8/a.pdf",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "http://localhost.example/a",
        "http://[",
        "",
    ],
)
async def test_no_other_machine_is_asked(address: str) -> None:
    assert (await fetched(address)).files == {address: Fetched(why="the sandbox fetches from this machine only")}


async def test_nobody_listening_is_said() -> None:
    address = "http://127.0.0.1:9/a.pdf"
    assert (await fetched(address)).files == {address: Fetched(why="no connection")}


async def test_one_request_has_a_few_files_fetched_and_not_any_number() -> None:
    addresses = [link_to(PDF, f"many-{number}") for number in range(12)]
    assert len((await fetched(*addresses)).files) == 10
