"""One table: each topic's name, what keys it, who writes it and which topics must be partitioned alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from schemas.events import APPLICATIONS, DEAD_LETTERS, ERASURES, JOBS, RESULTS, STATUS

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`keyed_by` is the event's field whose UTF-8 bytes are the record's key; dead letters keep their original key."""

    name: str
    keyed_by: str
    direction: Direction


TOPICS: Final = (
    Topic(name=APPLICATIONS, keyed_by="application_id", direction="in"),
    Topic(name=STATUS, keyed_by="application_id", direction="in"),
    Topic(name=JOBS, keyed_by="job_id", direction="in"),
    Topic(name=ERASURES, keyed_by="candidate_id", direction="in"),
    Topic(name=RESULTS, keyed_by="application_id", direction="out"),
    Topic(name=DEAD_LETTERS, keyed_by="original key", direction="out"),
)
SOURCE_TOPICS: Final = tuple(topic.name for topic in TOPICS if topic.direction == "in")
CO_PARTITIONED: Final = (
    APPLICATIONS,
    STATUS,
)  # joined on one key: same partition count, same partitioner (design.md 2)
