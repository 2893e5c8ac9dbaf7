"""Runs an adapter's flow under the journal: finished steps are answered from it, nothing is repeated blindly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from adapters.base import AtsAdapter, Call, Reply
from adapters.naming import require_link
from schemas.delivery import Delivery, Receipt
from schemas.errors import DeliveryError, JobClosed, Permanent, Transient, Unauthorized, Unknown
from schemas.journal import Journal, Kept
from schemas.vendor import VendorFacts

Send = Callable[[Call], Awaitable[Reply]]
T = TypeVar("T")

_LOOKS: Final = 2  # a read side that lags shows nothing at first (ats.md): absent once is not absent
_NOT_APPLIED: Final = (Transient, Permanent, Unauthorized, JobClosed)


async def drive(adapter: AtsAdapter, delivery: Delivery, send: Send, journal: Journal) -> Receipt:
    """Make the calls still missing. Raises a DeliveryError; the journal then says where the next run goes on.

    A step that was started and never answered: sent again where its call is `safe`; else looked up. Found: it counts
    as done. Proved absent: Unknown the first time, sent again the second (the caller spaces the looks).
    """
    admit(adapter.facts, delivery)
    answered = await _answered(adapter, delivery, journal)
    flow = adapter.push(delivery)
    following = _next(flow, None)
    while isinstance(following, Call):
        kept = answered.get(following.step)
        if kept is None:
            kept = await _made(adapter, delivery, following, send, journal)
        following = _next(flow, kept)
    return following.value


async def _answered(adapter: AtsAdapter, delivery: Delivery, journal: Journal) -> Mapping[str, Kept]:
    """The finished steps that still hold: every write, and what was read before one that was begun.

    What was read and not acted on is asked again: days may have passed, a job may have closed or opened, and another
    delivery of the same person may have made the candidate this one did not find.
    """
    holding: dict[str, Kept] = {}
    pending: dict[str, Kept] = {}
    flow = adapter.push(delivery)
    try:
        following = _next(flow, None)
        while isinstance(following, Call):
            kept = await journal.done(following.step)
            if kept is None:
                begun = not following.only_reads and await journal.started(following.step)
                return holding | pending if begun else holding
            pending[following.step] = kept
            if not following.only_reads:
                holding |= pending
                pending = {}
            following = _next(flow, kept)
    except DeliveryError:
        return holding
    return holding | pending


async def ask(flow: Generator[Call, Kept, T], send: Send) -> T:
    """Run a flow that only reads (`find`, `check`), without a journal."""
    following = _next(flow, None)
    while isinstance(following, Call):
        following = _next(flow, following.read(await send(following)))
    return following.value


def admit(facts: VendorFacts, delivery: Delivery) -> None:
    """Refuse before any call what the ATS would refuse after some. Raises Permanent."""
    if delivery.kind == "erase":
        return
    if delivery.pdf is None:
        raise Permanent("no PDF in the delivery", code="no_pdf")
    if len(delivery.pdf.content) > facts.max_pdf_bytes:
        raise Permanent(f"the PDF is larger than {facts.title} takes", code="pdf_too_large")
    if facts.pdf_by == "link":
        require_link(delivery)
    if facts.email_required and not delivery.person.email:
        raise Permanent(f"{facts.title} needs an e-mail address", code="missing_email", fields=("email",))
    if facts.phone_required and not delivery.person.phone:
        raise Permanent(f"{facts.title} needs a phone number", code="missing_required_phone", fields=("phone",))
    if delivery.kind == "update" and delivery.placed is None:
        raise Permanent("an update of something never placed", code="not_placed")


async def _made(adapter: AtsAdapter, delivery: Delivery, call: Call, send: Send, journal: Journal) -> Kept:
    if call.only_reads:
        kept = call.read(await send(call))
        await journal.finish(call.step, kept)
        return kept
    again = await journal.started(call.step)
    if again and call.repeat == "look_first":
        found = await _looked_up(adapter, delivery, call.step, send)
        if found is not None:
            await journal.finish(call.step, found)
            return found
        if await journal.absent(call.step) < _LOOKS:
            raise Unknown(f"{call.step}: not found, to be looked up once more")
        await journal.refused(call.step)
        again = False  # proved absent, so this is the first
    return await _written(call, send, journal, again=again)


async def _written(call: Call, send: Send, journal: Journal, *, again: bool) -> Kept:
    """A repeat that is refused says nothing of the request before it: only a first one is marked as not done."""
    ready = call if call.prepare is None else await ask(call.prepare(), send)
    read = (again and call.read_again) or call.read
    await journal.start(call.step)
    try:
        kept = read(await send(ready))
    except _NOT_APPLIED:
        if not again:
            await journal.refused(call.step)
        raise
    await journal.finish(call.step, kept)
    return kept


async def _looked_up(adapter: AtsAdapter, delivery: Delivery, step: str, send: Send) -> Kept | None:
    """A refused look-up says nothing about the step itself: Unknown. It may be made again, so Transient stays."""
    try:
        return await ask(adapter.find(delivery, step), send)
    except (Permanent, JobClosed) as exc:
        raise Unknown(f"{step}: cannot be looked up ({exc})") from None


@dataclass(frozen=True, slots=True)
class _Ended(Generic[T]):
    value: T


def _next(flow: Generator[Call, Kept, T], kept: Kept | None) -> Call | _Ended[T]:
    try:
        return next(flow) if kept is None else flow.send(kept)
    except StopIteration as ended:
        return _Ended(ended.value)
