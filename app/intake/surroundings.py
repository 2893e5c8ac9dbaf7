"""What surrounds one application when it is decided, put together from the ledger's rows; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.intake.batch import Shipment, Stored, World
from schemas.decision import Sent, Surroundings
from schemas.delivery import State
from schemas.facts import Facts

_TRIED: Final = frozenset({State.DELIVERED, State.DEAD})  # an update that was refused is not tried by itself again


def surroundings_of(facts: Facts, stored: Stored, world: World) -> Surroundings:
    """Without what other applications decide (twins, ranks, the surge brake): those are asked afterwards."""
    snapshot = facts.snapshot
    if snapshot is None:
        return Surroundings(released=stored.released)
    return Surroundings(
        connection=world.connections.get(snapshot.employer_id),
        job=world.jobs.get((snapshot.employer_id, snapshot.job_id)),
        erased=snapshot.candidate_id in world.erased,
        sent=sent_of(world.shipments.get(facts.application_id, ())),
        backfill_approved=stored.backfill_approved or stored.backfill_taken,
        released=stored.released,
    )


def sent_of(shipments: Sequence[Shipment]) -> Sent | None:
    """What the ATS has: a delivered create, and the updates that were tried since. None: nothing was delivered yet."""
    created = next((s for s in shipments if s.kind == "create" and s.state is State.DELIVERED), None)
    if created is None:
        return None
    updates = sorted(
        (s for s in shipments if s.kind == "update" and s.state in _TRIED), key=lambda shipment: shipment.generation
    )
    newest = updates[-1] if updates else created
    return Sent(
        content_sha256=newest.content_sha256 or "",
        engaged=created.engaged or any(update.engaged for update in updates),
        updates=len(updates),
        erased=any(s.kind == "erase" and s.state is State.DELIVERED for s in shipments),
    )


def has_open_create(shipments: Sequence[Shipment]) -> bool:
    """Whether a create is intended already, however far it came: twins, ranks and brakes were asked then."""
    return any(s.kind == "create" and s.state is not State.CANCELLED for s in shipments)
