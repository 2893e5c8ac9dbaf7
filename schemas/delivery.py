"""One piece of work for one ATS, its states and the moves between them, and the receipt it ends with."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from schemas.person import Person

Kind = Literal["create", "update", "erase"]
Capability = Literal["key", "upsert", "native", "lookup", "none"]
Attribution = Literal["set", "kept_existing", "unsupported", "unverified"]
AttachLevel = Literal["application", "candidate"]

SOURCE: Final = "FactoryFix"  # R11
_NAMESPACE: Final = uuid.UUID("6f9f2c5e-6d0b-5f6e-9a53-0a4c5d5b7f10")


def delivery_key(
    *, employer_id: str, connection: str, application_id: str, kind: Kind, generation: int = 1
) -> uuid.UUID:
    """Deterministic, so it survives the loss of the database; contains the destination. Parts cannot run together."""
    parts = (employer_id, connection, application_id, kind, str(generation))
    return uuid.uuid5(_NAMESPACE, "|".join(f"{len(part)}:{part}" for part in parts))


class State(StrEnum):
    NEW = "new"  # decided; the PDF is not stored yet
    READY = "ready"  # the PDF is stored; may be claimed
    SENDING = "sending"  # leased; bytes may be on the wire
    UNCERTAIN = "uncertain"  # may have landed: look before sending
    DELIVERED = "delivered"
    DEAD = "dead"  # refused for good, or given up; alerted
    PARKED = "parked"  # its connection is paused, its job closed, or a person must decide
    CANCELLED = "cancelled"


MOVES: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.NEW: frozenset({State.READY, State.DEAD, State.CANCELLED, State.PARKED}),
        State.READY: frozenset({State.SENDING, State.CANCELLED, State.PARKED, State.DEAD}),
        State.SENDING: frozenset(
            {State.DELIVERED, State.UNCERTAIN, State.READY, State.DEAD, State.PARKED, State.CANCELLED}
        ),
        State.UNCERTAIN: frozenset({State.SENDING, State.DELIVERED, State.READY, State.DEAD, State.PARKED}),
        State.PARKED: frozenset({State.NEW, State.READY, State.UNCERTAIN, State.CANCELLED, State.DELIVERED}),
        State.DEAD: frozenset({State.NEW, State.READY, State.UNCERTAIN, State.DELIVERED, State.CANCELLED}),
        State.DELIVERED: frozenset(),
        State.CANCELLED: frozenset({State.NEW}),
    }
)
TERMINAL: Final = frozenset({State.DELIVERED, State.DEAD, State.PARKED, State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pdf:
    """The profile: rendered once, kept by digest, the same bytes on every attempt. No person in `file_name`."""

    file_name: str
    sha256: str
    content: bytes = field(repr=False)
    # Where the ATS itself may fetch the same bytes for a while; None where this service has no public address.
    url: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the ATS gave back. Ids are the vendor's own, as text; None where the vendor has or tells none."""

    candidate_id: str | None = None
    application_id: str | None = None
    attachment_id: str | None = None
    attach_level: AttachLevel = "application"
    attribution: Attribution = "unverified"
    adopted: bool = False  # the candidate or application was there before us (A14, A41)
    note: str | None = None  # a code such as update_unsupported or erase_unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """All an adapter may send. Nothing of the screening is in it: that lives in the PDF alone (R8, R12)."""

    key: str
    kind: Kind = "create"
    generation: int = 1
    connection: str
    employer_id: str
    application_id: str
    job_id: str
    job_title: str = ""
    ats_job_id: str
    person: Person = field(repr=False)
    pdf: Pdf | None = None  # None only for an erase
    profile_url: str | None = None
    placed: Receipt | None = None  # for update and erase: what the create left behind
