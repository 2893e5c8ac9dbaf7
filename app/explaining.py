"""Why one application is where it is: its gates asked again of the ledger's facts, beside everything that happened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from app.answer import answer_of, next_of
from app.intake.batch import Shipment
from app.intake.surroundings import sent_of
from app.ledger.overview import Overview
from schemas.connection import Connection, Policy
from schemas.decision import Surroundings
from schemas.delivery import State
from schemas.facts import Facts, JobFacts
from schemas.remedies import meaning_of
from streams.case import BackfillBudget
from streams.eligibility import decide

Row = Mapping[str, Any]


class Explainer:
    """Reads only. Answers hold ids, words, times and counts: never people's data."""

    def __init__(self, overview: Overview, budget: BackfillBudget) -> None:
        self._overview = overview
        self._budget = budget

    async def explain(self, application_id: str) -> dict[str, Any] | None:
        """What Overview.explain found, what each delivery's code means, and `gates` as they answer now.

        `answer`: where the candidate is, in one sentence. `next`: what a person may do, where something is held.
        None if no record of it was ever seen.
        """
        found = await self._overview.explain(application_id)
        if found is None:
            return None
        application = found["application"]
        gates = _gates(application, found["application_deliveries"], self._budget) if application else []
        deliveries = [{**row, "meaning": _meaning(row)} for row in found["application_deliveries"]]
        answer = answer_of((application or {}).get("verdict"), gates, deliveries)
        told = {"answer": answer, "next": next_of(application, deliveries)}
        return {**found, **told, "application_deliveries": deliveries, "gates": gates}


def _meaning(row: Row) -> str | None:
    return meaning_of(row["last_code"], KEY=row["key"], NAME=row["connection"], JOB=row["job_id"])


def _gates(application: Row, deliveries: list[dict[str, Any]], budget: BackfillBudget) -> list[dict[str, Any]]:
    if application["facts"] is None:
        return []
    facts = msgspec.convert(application["facts"], Facts)
    decision = decide(facts, _surroundings(application, deliveries), datetime.now(UTC), budget)
    return [
        {
            "name": gate.name,
            "passed": gate.passed,
            "reason": gate.reason,
            "inputs": dict(gate.inputs),
            "missing": None if gate.passed else gate.missing,
        }
        for gate in decision.gates
    ]


def _surroundings(application: Row, deliveries: list[dict[str, Any]]) -> Surroundings:
    link, job = application["link"], application["job"]
    return Surroundings(
        connection=_connection(link) if link else None,
        job=msgspec.convert(job, JobFacts) if job else None,
        erased=application["erased"],
        sent=sent_of([_shipment(row) for row in deliveries]),
        twin=application["twin"],
        backfill_approved=application["backfill_approved"] or application["backfill_taken"],
        surge_braked=application["reason"] == "surge_brake",
        released=frozenset(application["released"]),
    )


def _connection(row: Row) -> Connection:
    policy = msgspec.convert(row["policy"], Policy)
    return msgspec.convert({**row, "policy": policy}, Connection)


def _shipment(row: Row) -> Shipment:
    return Shipment(
        kind=row["kind"],
        generation=row["generation"],
        state=State(row["state"]),
        connection=row["connection"],
        content_sha256=row["content_sha256"],
        engaged=row["engaged"],
    )
