"""The work of one batch inside its transaction; made anew for every try, so that a retry starts from nothing."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Protocol

import msgspec

from app.intake.batch import JobKey, Judged, Refused, Stored, World
from app.intake.heard import Folded, Heard, fold_said, seen
from app.intake.intents import ats_job_id, gives_up_contact, intent_of, to_cancel
from app.intake.judging import Docket, Rules, judge
from app.intake.surroundings import surroundings_of
from app.ledger.intake import IngestTransaction
from schemas.codec import encode
from schemas.decision import Sent
from schemas.errors import BadEvent
from schemas.facts import Facts, JobFacts
from schemas.record import Record
from streams.eligibility import decide
from streams.fold import fold_job

_COMPRESSION: Final = 1  # events are small: level 6 costs three times as much for a tenth less
_OUTCOMES: Final = MappingProxyType({"HOLD": "held", "SKIP": "skipped"})
_FACTS: Final = msgspec.json.Decoder(Facts)


class Known(Protocol):
    """Facts the caller holds, as canonical JSON: they save a read, and never decide against the ledger's own."""

    def get(self, application_id: str, /) -> bytes | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One application as it is to be written, and whether that changes anything."""

    judged: Judged
    docket: Docket

    @property
    def changed(self) -> bool:
        new, old = self.judged, self.docket.stored
        return (
            (new.facts_sha256, new.decision.verdict, new.decision.reason, new.decision.again_at)
            != (old.facts_sha256, old.verdict, old.reason, old.again_at)
        ) or (new.contact_key, new.connection, new.policy_version, new.backfill_taken) != (
            old.contact_key,
            old.connection,
            old.policy_version,
            old.backfill_taken,
        )

    @property
    def outcome(self) -> str | None:
        """What is told about it: a hold or a skip that is new."""
        new, old = self.judged.decision, self.docket.stored
        return _OUTCOMES.get(new.verdict) if (new.verdict, new.reason) != (old.verdict, old.reason) else None


class Step:
    """`refused` grows while events turn out not to be foldable."""

    def __init__(self, tx: IngestTransaction, rules: Rules, heard: Heard) -> None:
        self._tx = tx
        self._rules = rules
        self._heard = heard
        self.refused = list(heard.refused)

    async def change_world(self) -> list[str]:
        """Jobs and erasures first, so that this very batch is decided by them. Returns applications of the erased."""
        if self._heard.jobs:
            await self._change_jobs()
        return await self._tx.erase(self._heard.erasures) if self._heard.erasures else []

    async def decide(self, applications: Collection[str], known: Known) -> dict[str, bytes]:
        """Fold, decide and write these applications; returns the facts that the caller does not know yet."""
        news: dict[str, bytes] = {}
        if applications:
            news = await self._decide({i: known.get(i) for i in applications})
        if self.refused:
            await self._tx.write_dead_letters(self.refused, [_headers(one.record) for one in self.refused])
        return news

    async def _decide(self, held: Mapping[str, bytes | None]) -> dict[str, bytes]:
        stored = await self._tx.lock({i: _digest(data) for i, data in held.items()})
        folded = {i: self._fold(row, held[i]) for i, row in stored.items()}
        world = await self._tx.world([f.facts for f in folded.values() if f.facts])
        dockets = [self._docket(stored[i], f.facts, f, world) for i, f in folded.items() if f.facts]
        rows = [_row(docket) for docket in await self._intend(await judge(dockets, self._tx, self._rules))]
        await self._write(rows)
        await self._write_content(folded, world)
        await self._tx.write_events([one for said in self._heard.said.values() for one in seen(said)])
        news = {row.judged.application_id: row.judged.facts_json for row in rows}
        return {i: data for i, data in news.items() if held[i] != data}

    def _fold(self, stored: Stored, held: bytes | None) -> Folded:
        facts = stored.facts
        if facts is None and held is not None and _digest(held) == stored.facts_sha256:
            facts = _FACTS.decode(held)
        folded = fold_said(stored, facts, self._heard.said.get(stored.application_id, ()), self._rules.limits)
        self.refused += folded.refused
        return folded

    def _docket(self, stored: Stored, facts: Facts, folded: Folded, world: World) -> Docket:
        around = surroundings_of(facts, stored, world)
        return Docket(
            facts=facts,
            stored=stored,
            around=around,
            shipments=world.shipments.get(stored.application_id, ()),
            contact_key=None if around.erased else folded.contact_key,
            decision=decide(facts, around, self._tx.now, self._rules.budget),
            backfill_taken=stored.backfill_taken,
        )

    async def _intend(self, dockets: Sequence[Docket]) -> list[Docket]:
        """Take back what is no longer wanted, then intend what is, but for what a tombstone says was delivered."""
        cancels = {d.facts.application_id: reason for d in dockets if (reason := to_cancel(d))}
        if cancels:
            await self._tx.cancel(cancels)
        if given_up := [d.facts.application_id for d in dockets if gives_up_contact(d)]:
            await self._tx.free_contacts(given_up)
        intents = [intent for d in dockets if (intent := intent_of(d, self._tx.now))]
        done = await self._tx.emit(intents) if intents else set()
        return [self._delivered_before(d) if d.facts.application_id in done else d for d in dockets]

    def _delivered_before(self, docket: Docket) -> Docket:
        sent = Sent(content_sha256=docket.facts.snapshot.content_sha256 if docket.facts.snapshot else "", engaged=True)
        around = replace(docket.around, sent=sent)
        return replace(docket, around=around, decision=decide(docket.facts, around, self._tx.now, self._rules.budget))

    async def _write(self, rows: Sequence[_Row]) -> None:
        if changed := [row.judged for row in rows if row.changed]:
            await self._tx.write_applications(changed)
        if results := {row.judged.application_id: self._result(row) for row in rows if row.outcome}:
            await self._tx.write_results(results)

    def _result(self, row: _Row) -> dict[str, Any]:
        return {
            "application_id": row.judged.application_id,
            "outcome": row.outcome,
            "reason": row.judged.decision.reason,
            "connection": row.judged.connection,
            "at": self._tx.now,
        }

    async def _write_content(self, folded: Mapping[str, Folded], world: World) -> None:
        """Never for an erased candidate: what a replay brings back stays out (A45)."""
        contents = [
            f.content
            for f in folded.values()
            if f.content and not (f.facts and f.facts.snapshot and f.facts.snapshot.candidate_id in world.erased)
        ]
        if contents:
            await self._tx.write_snapshots(contents, [zlib.compress(c.value, _COMPRESSION) for c in contents])

    async def _change_jobs(self) -> None:
        keys = sorted({(event.employer_id, event.job_id) for _, event in self._heard.jobs})
        before = await self._tx.jobs(keys)
        after: dict[JobKey, JobFacts] = dict(before)
        for record, event in self._heard.jobs:
            key = (event.employer_id, event.job_id)
            try:
                after[key] = fold_job(after.get(key), event, self._rules.limits)
            except BadEvent as exc:
                self.refused.append(Refused(record=record, error=exc))
        if changed := {key: job for key, job in after.items() if before.get(key) != job}:
            await self._tx.write_jobs(list(changed.values()))
        links = {key: link for key, job in changed.items() if (link := ats_job_id(job))}
        if moved := {key: link for key, link in links.items() if ats_job_id(before.get(key)) not in (None, link)}:
            await self._tx.relink(moved)
        if opened := [key for key, job in changed.items() if job.history[-1].state == "open"]:
            await self._tx.reopen(opened)


def _row(docket: Docket) -> _Row:
    facts_json = msgspec.json.encode(docket.facts)
    connection = docket.around.connection
    judged = Judged(
        application_id=docket.facts.application_id,
        facts=docket.facts,
        facts_json=facts_json,
        facts_sha256=hashlib.sha256(facts_json).hexdigest(),
        decision=docket.decision,
        contact_key=docket.contact_key,
        connection=connection.name if connection else None,
        policy_version=connection.policy_version if connection else None,
        backfill_taken=docket.backfill_taken,
    )
    return _Row(judged=judged, docket=docket)


def _digest(data: bytes | None) -> str | None:
    return None if data is None else hashlib.sha256(data).hexdigest()


def _headers(record: Record) -> bytes:
    """As JSON bytes, for asyncpg takes a list in a list for another dimension. Postgres holds no NUL in a text."""
    pairs = [[name.replace("\0", "\ufffd"), base64.b64encode(value).decode()] for name, value in record.headers]
    return encode(pairs)
