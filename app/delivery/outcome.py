"""What each way an attempt can end does to its delivery: pure, from error and history to `Settled`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.delivery.retry import LIMIT, Schedule
from app.delivery.work import Claim, LedgerAway, Settled, Stopping, Tally, Unwanted
from schemas.delivery import Capability, Receipt
from schemas.errors import ConfigError, DeliveryError, JobClosed, Permanent, Transient, Unauthorized

# Looks in a row that could not tell before a person is asked (A40): about two hours. After twelve, 35 minutes, an ATS
# that merely stumbled had people asked for what one more look would have settled.
BLIND_LOOKS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the account can do about a repeat."""

    capability: Capability
    settle_s: float
    key_window_s: float | None = None


def success(receipt: Receipt) -> Settled:
    return Settled(to="delivered", kind="delivered", receipt=receipt, effect="success")


def unwanted(reason: str, *, begun: bool) -> Settled:
    """Not wanted any more. What was begun may have landed, and what an erasure must reach there a person decides."""
    if begun:
        return Settled(to="parked", kind="unwanted", reason=reason, issue="erasure_incomplete")
    return Settled(to="cancelled", kind="unwanted", reason=reason)


def key_forgotten(claim: Claim, account: Account) -> bool:
    """Whether the ATS may have forgotten our key, so that a repeat could create a second record."""
    if not claim.ambiguous or account.capability != "key" or account.key_window_s is None:
        return False
    return (claim.sent_s_ago or 0.0) > account.key_window_s / 2


def ask_a_person(kind: str, code: str) -> Settled:
    """It may have landed and nothing here can tell: parked, with an issue."""
    return Settled(to="parked", kind=kind, reason="ambiguous_delivery", code=code, issue="ambiguous_delivery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Decides what an attempt's end means for one claim on one account."""

    claim: Claim
    account: Account
    schedule: Schedule

    def settle(self, error: BaseException, tally: Tally) -> Settled:
        """Every error has an answer: what is not one of ours is taken as "may have landed"."""
        if isinstance(error, Unwanted):
            return unwanted(error.reason, begun=self.claim.sent_s_ago is not None)
        if isinstance(error, Stopping):
            return Settled(to="retry", kind="stopping")
        if isinstance(error, Transient):
            return self._transient(error)
        if isinstance(error, LedgerAway):
            return self._away(error, tally)
        return _refused(error) or self._unknown(error, tally)

    def _transient(self, error: Transient) -> Settled:
        if self.claim.expired and not self.claim.ambiguous:
            return Settled(to="dead", kind=error.kind, reason="expired", code="expired", error=str(error))
        if self.claim.expired and self.claim.unsent + 1 >= BLIND_LOOKS:
            return ask_a_person(error.kind, "expired")
        if error.throttled:
            return Settled(
                to="retry",
                kind="throttled",
                error=str(error),
                effect="throttled",
                hold_s=self.schedule.hold(error.retry_after_s),
            )
        return Settled(
            to="retry",
            kind=error.kind,
            error=str(error),
            wait_s=self.schedule.after_unsent(self.claim.unsent + 1, retry_after_s=error.retry_after_s),
            unsent=True,
            effect="failure",
        )

    def _away(self, error: LedgerAway, tally: Tally) -> Settled:
        """It says nothing of the ATS, whose breaker it must not open. Where nothing was sent it costs nothing else."""
        if tally.opened:
            return replace(self._unknown(error, tally), effect="none")
        kind, text = _named(error)
        return Settled(to="retry", kind=kind, error=text, wait_s=self.schedule.after_unsent(1))

    def _unknown(self, error: BaseException, tally: Tally) -> Settled:
        kind, text = _named(error)
        if self.account.capability == "none":
            return ask_a_person(kind, "no_lookup")
        if tally.looked and not tally.opened:
            return self._looked(kind, text)
        if self.claim.ambiguous and not tally.opened:
            return self._could_not_tell(kind, text)
        return self._may_have_landed(kind, text)

    def _may_have_landed(self, kind: str, text: str | None) -> Settled:
        """A new doubt. After the last attempt it is given one more look, and then to a person."""
        if self.claim.attempts >= LIMIT or (self.claim.expired and self.claim.ambiguous):
            return ask_a_person(kind, "gave_up")
        settle_s = 0.0 if self.account.capability in ("key", "upsert") else self.account.settle_s
        return Settled(
            to="uncertain",
            kind=kind,
            error=text,
            wait_s=max(self.schedule.after_attempt(self.claim.attempts + 1), settle_s),
            costs_attempt=True,
            effect="failure",
        )

    def _looked(self, kind: str, text: str | None) -> Settled:
        """Seen absent once. Work that was given up anyway ends here, having been looked for."""
        if self.claim.attempts >= LIMIT or self.claim.expired:
            return Settled(to="dead", kind=kind, reason="gave_up", code="gave_up", error=text, effect="success")
        return Settled(
            to="uncertain", kind="looked", error=text, wait_s=self.schedule.between_looks(), effect="success"
        )

    def _could_not_tell(self, kind: str, text: str | None) -> Settled:
        if self.claim.expired or self.claim.unsent + 1 >= BLIND_LOOKS:
            return ask_a_person(kind, "cannot_tell")
        wait_s = self.schedule.after_unsent(self.claim.unsent + 1)
        return Settled(to="uncertain", kind=kind, error=text, wait_s=wait_s, unsent=True, effect="failure")


def _refused(error: BaseException) -> Settled | None:
    """The ATS answered, and trying again would not help: for a person. None for every other error."""
    match error:
        case Permanent():
            code, text = error.code, str(error)
            return Settled(to="dead", kind=error.kind, reason=code, code=code, error=text, effect="success")
        case JobClosed():
            reason, text = "job_closed", str(error)
            return Settled(
                to="parked", kind=error.kind, reason=reason, error=text, effect="success", issue="job_closed"
            )
        case Unauthorized():
            return _disconnected(error.kind, "unauthorized", str(error))
        case ConfigError():
            return _disconnected("config", "config_error", None)
    return None


def _disconnected(kind: str, code: str, text: str | None) -> Settled:
    return Settled(
        to="parked",
        kind=kind,
        reason="connection_down",
        code=code,
        error=text,
        effect="paused",
        issue="connection_down",
    )


def _named(error: BaseException) -> tuple[str, str | None]:
    """An error of ours in its own words; of any other only the type, for its text may quote people's data."""
    if isinstance(error, DeliveryError):
        return error.kind, str(error)
    return ("ledger_away" if isinstance(error, LedgerAway) else "bug"), type(error).__name__
