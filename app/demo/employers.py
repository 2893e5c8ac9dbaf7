"""The employers of the demo and what `connection apply` is told about those who have an ATS."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from app.demo.script import read
from app.demo.values import Employer


class AtsAccount(Protocol):
    """Where an account of the sandbox is reached, and with which credentials."""

    def base_url(self, vendor: str, account: str, /) -> str: ...

    def credentials(self, vendor: str, /) -> dict[str, str]: ...


def employers() -> dict[str, Employer]:
    """By the short name the scenarios use: `emp-keystone` is `keystone`."""
    return {
        entry["employer_id"].removeprefix("emp-"): Employer(**{**entry, "trades": tuple(entry["trades"])})
        for entry in read("employers")
    }


def connection_entries(connected: Iterable[Employer], ats: AtsAccount) -> list[dict[str, Any]]:
    """The JSON list for `connection apply`."""
    return [
        {
            "name": employer.connection,
            "employer_id": employer.employer_id,
            "vendor": employer.vendor,
            "base_url": ats.base_url(employer.vendor, employer.connection),
            "credentials": ats.credentials(employer.vendor),
            "trigger": employer.trigger,
            "policy": employer.policy,
        }
        for employer in connected
        if employer.connection and employer.vendor
    ]
