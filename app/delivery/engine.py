"""One delivery from claim to settled outcome, in words: load, check, push through the journal, settle."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import uuid4

from app.delivery.outcome import Account, Judge, ask_a_person, key_forgotten, success, unwanted
from app.delivery.retry import Schedule
from app.delivery.work import Attempt, Claim, LedgerAway, Settled, Tally, Work
from app.failpoints import Failpoints
from app.links import Links, link_for
from app.ports import Pusher, Pushers
from schemas.connection import Policy
from schemas.delivery import Delivery, Pdf
from schemas.errors import ConfigError, DeliveryError, Permanent, Transient, Unknown
from schemas.events import Application
from schemas.journal import Journal
from schemas.person import Person, normal_email, normal_names, normal_phone, placeholder_email

Notice = Callable[..., None]  # an event's name and allow-listed fields
_TITLE_CHARS: Final = 40
_SPARE: Final = 0.05  # of the lease: time to write the outcome after the last call


class ClaimJournal(Journal, Protocol):
    """The journal of one claim, and what it saw."""

    @property
    def tally(self) -> Tally: ...


class DeliveryLedger(Protocol):
    """What the engine needs of the ledger. `until` is on time.monotonic(): LedgerAway is raised when it passes."""

    async def load(self, claim: Claim, *, until: float) -> Work: ...

    def journal(self, claim: Claim, *, until: float, stopping: Callable[[], bool]) -> ClaimJournal: ...

    async def settle(self, claim: Claim, settled: Settled, attempt: Attempt, *, until: float) -> bool:
        """Whether the claim was still ours. The evidence is written either way."""
        ...

    async def release(self, claim: Claim, *, until: float) -> None:
        """Give a claim back of which nothing was sent. Nothing when it is not ours any more."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    ledger: DeliveryLedger
    pushers: Pushers
    schedule: Schedule
    notice: Notice
    lease_s: float
    settle_s: float | None = None  # overrides every vendor's own, for tests and the demo
    failpoints: Failpoints = field(default_factory=Failpoints)
    links: Links | None = None

    async def deliver(self, claim: Claim, *, until: float, stopping: Callable[[], bool]) -> Settled | None:
        """Carry one claim out and write how it ended; None when nothing was written.

        `until`: when the lease ends, on time.monotonic(), measured from before the claim. Only cancellation and a
        program error come out as exceptions; whatever is left undone then is the reaper's.
        """
        attempt_id, began = uuid4(), time.monotonic()
        try:
            work = await self.ledger.load(claim, until=until)
            self.failpoints.passing("after_load")
            if stopping():
                await self.ledger.release(claim, until=until)
                return None
            settled, tally = await self._carry_out(work, until=until, stopping=stopping)
            self.failpoints.passing("before_settle")
            attempt = Attempt(id=attempt_id, took_s=time.monotonic() - began, tally=tally)
            applied = await self.ledger.settle(claim, settled, attempt, until=until)
            self.failpoints.passing("after_settle")
        except LedgerAway:
            self.notice("outcome_left_to_reaper", delivery_key=str(claim.key))
            return None
        self._tell(claim, settled, work, applied=applied)
        return settled

    async def _carry_out(self, work: Work, *, until: float, stopping: Callable[[], bool]) -> tuple[Settled, Tally]:
        early = _before_any_call(work)
        if early is not None:
            return early, Tally()
        pusher, settled = await self._pusher(work)
        if pusher is None:
            return settled, Tally()
        account = self._account(pusher)
        if key_forgotten(work.claim, account):
            return ask_a_person("key_window", "key_window"), Tally()
        return await self._push(work, pusher, account, until=until, stopping=stopping)

    async def _pusher(self, work: Work) -> tuple[Pusher | None, Settled]:
        error: Exception = ConfigError("the connection is gone")
        try:
            if work.connection is not None:
                return await self.pushers.of(work.connection), Settled(to="retry", kind="none")
        except (ConfigError, DeliveryError) as exc:
            error = exc
        return None, self._judge(work.claim, Account(capability="none", settle_s=0.0)).settle(error, Tally())

    def _account(self, pusher: Pusher) -> Account:
        settle_s = pusher.facts.settle_s if self.settle_s is None else self.settle_s
        return Account(
            capability=pusher.facts.capability,
            settle_s=settle_s if self.failpoints.has("settle") else 0.0,
            key_window_s=pusher.facts.key_window_s,
        )

    async def _push(
        self, work: Work, pusher: Pusher, account: Account, *, until: float, stopping: Callable[[], bool]
    ) -> tuple[Settled, Tally]:
        journal = self.ledger.journal(work.claim, until=until, stopping=stopping)
        self.failpoints.passing("before_push")
        deadline = until - self.lease_s * _SPARE
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                url = link_for(pusher.facts, self.links, work.claim.key)
                receipt = await pusher.push(delivery_of(work, url), journal, deadline=deadline)
            self.failpoints.passing("after_push")
        except Exception as exc:  # noqa: BLE001 - whatever it was, it may have landed
            error = _overdue(journal.tally) if isinstance(exc, TimeoutError) else exc
            return self._judge(work.claim, account).settle(error, journal.tally), journal.tally
        return success(receipt), journal.tally

    def _judge(self, claim: Claim, account: Account) -> Judge:
        return Judge(claim=claim, account=account, schedule=self.schedule)

    def _tell(self, claim: Claim, settled: Settled, work: Work, *, applied: bool) -> None:
        self.notice(
            "delivery_attempted" if applied else "fenced_out",
            delivery_key=str(claim.key),
            application_id=claim.application_id,
            connection=claim.connection,
            vendor=work.connection.vendor if work.connection else None,
            state=settled.to,
            kind=settled.kind,
            code=settled.code,
            reason=settled.reason,
            attempt=claim.attempts + 1,
        )


def _overdue(tally: Tally) -> DeliveryError:
    """The claim's time is over, whatever the flow was waiting for."""
    message = "the flow did not end within its claim"
    return Unknown(message) if tally.opened else Transient(message)


def _before_any_call(work: Work) -> Settled | None:
    """What settles a delivery without a word to the ATS."""
    claim, begun = work.claim, work.claim.sent_s_ago is not None
    if work.unwanted is not None and (work.unwanted == "erased" or not begun):
        return unwanted(work.unwanted, begun=begun)
    if claim.kind == "update" and work.placed is None:
        return Settled(to="cancelled", kind="unwanted", reason="never_delivered")
    if claim.kind == "erase":
        lost = Settled(to="parked", kind="unwanted", reason="ambiguous_delivery", issue="erasure_incomplete")
        return lost if work.placed is None else None
    if work.application is None:
        return unwanted("erased", begun=begun)
    if work.pdf is None or hashlib.sha256(work.pdf).hexdigest() != work.pdf_sha256:
        return Settled(to="dead", kind="artifact", reason="artifact_missing", code="artifact_missing")
    return None


def delivery_of(work: Work, url: str | None = None) -> Delivery:
    """All that an adapter may send; `url`: where the ATS may fetch the PDF.

    Raises Permanent where the newest content lacks a name or a needed address.
    """
    application, claim = work.application, work.claim
    policy = work.connection.policy if work.connection else Policy()
    title = application.job.title if application else ""
    pdf = None
    if work.pdf is not None and work.pdf_sha256 is not None and claim.kind != "erase":
        pdf = Pdf(file_name=file_name(title, str(claim.key)), sha256=work.pdf_sha256, content=work.pdf, url=url)
    return Delivery(
        key=str(claim.key),
        kind=claim.kind,
        generation=work.generation,
        connection=claim.connection,
        employer_id=work.employer_id,
        application_id=claim.application_id,
        job_id=claim.job_id,
        job_title=title,
        ats_job_id=work.ats_job_id,
        person=_person(application, policy, work.candidate_id),
        pdf=pdf,
        profile_url=application.profile_url if application else None,
        placed=work.placed,
    )


def _person(application: Application | None, policy: Policy, candidate_id: str) -> Person:
    if application is None:  # an erase: the content is gone already, and the receipt's ids are enough
        return Person(candidate_id=candidate_id, first_name="", last_name="")
    given = application.candidate
    names = normal_names(given.first_name, given.last_name, missing_last_name=policy.missing_last_name)
    if names is None:
        raise Permanent("the application has no usable name", code="missing_name")
    email = normal_email(given.email)
    if email is None and policy.missing_email == "placeholder":
        email = placeholder_email(candidate_id)
    return Person(
        candidate_id=candidate_id,
        first_name=names[0],
        last_name=names[1],
        email=email,
        phone=normal_phone(given.phone),
    )


def file_name(job_title: str, key: str) -> str:
    """Names the job (R9) and the delivery, never the person: `FactoryFix-CNC-Machinist-<key>.pdf`."""
    plain = unicodedata.normalize("NFKD", job_title).encode("ascii", "ignore").decode()
    words = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:_TITLE_CHARS].strip("-")
    return "-".join(filter(None, ("FactoryFix", words, key))) + ".pdf"
