"""A week of hiring in manufacturing: every scenario, ordinary applications around them, and what it must lead to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.demo.author import Author
from app.demo.manifest import Manifest, add_up
from app.demo.scenarios import accounts, contacts, endings, jobs, ordinary, passive, poison, timing, trigger
from app.demo.values import WAVES, Employer, Entry, Story
from schemas.errors import ConfigError
from schemas.record import Record

Scenario = Callable[[Author], Story]

SCENARIOS: Final[tuple[Scenario, ...]] = (
    trigger.engaged_once,
    trigger.only_new,
    trigger.every_spelling,
    trigger.talent_waits,
    trigger.new_at_once,
    trigger.outreach_only,
    trigger.screened_after_sync,
    trigger.boomerang,
    trigger.slip_of_the_mouse,
    trigger.settled_just_now,
    trigger.skipped_the_gate,
    trigger.past_gate_under_new,
    trigger.on_to_hired,
    passive.every_status_but_engaged,
    passive.screened_but_not_engaged,
    passive.three_facts_in_any_order,
    passive.dragged_without_evidence,
    passive.past_engaged_without_it,
    passive.applied_after_all,
    passive.screened_under_new,
    timing.status_first,
    timing.never_more_than_half,
    timing.old_news,
    timing.everything_twice,
    timing.same_content_again,
    timing.material_change,
    timing.assessment_never_came,
    timing.assessment_wait_ends,
    timing.assessment_still_awaited,
    timing.resume_on_its_way,
    timing.every_resume,
    endings.withdrew,
    endings.withdrew_under_new,
    endings.rejected_first,
    endings.forgotten_first,
    endings.forgotten_after_delivery,
    jobs.unlinked,
    jobs.unheard_of,
    jobs.closed_or_archived,
    jobs.reopened,
    jobs.closed_there,
    jobs.unknown_there,
    jobs.linked_late,
    jobs.qualified_after_the_link,
    jobs.linked_anew,
    jobs.one_person_three_jobs,
    jobs.one_person_two_employers,
    jobs.moved_to_another_job,
    jobs.two_jobs_one_requisition,
    contacts.without_email,
    contacts.email_added_later,
    contacts.without_phone,
    contacts.one_word_names,
    contacts.without_name,
    contacts.notable_names,
    contacts.same_address_twice,
    poison.unknown_words,
    poison.bad_rating,
    poison.only_a_bad_snapshot,
    poison.from_the_future,
    poison.withdrawn_in_the_future,
    poison.garbage,
    accounts.redirect_mode,
    accounts.never_connected,
    accounts.credentials_revoked,
)
# Right only if its records are published within seconds of `now`: for a run that is not disturbed.
LIVE: Final[tuple[Scenario, ...]] = (trigger.slip_just_now,)
_APPLICATIONS_PER_ROUND: Final = 240  # every so many applications all scenarios are told once more, with other people
_REPEATED: Final = 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """`waves`: each to be published once the one before has been worked off; inside a wave any order ends the same.

    `closed_jobs`, `unknown_jobs`: (account, ATS job id) that the sandbox must treat so; `revoked`: accounts whose
    credentials it must refuse.
    """

    waves: tuple[tuple[Record, ...], ...]
    once: frozenset[
        tuple[str, bytes | None, bytes | None]
    ]  # (topic, key, value) of records a second copy of which counts
    employers: tuple[Employer, ...]
    manifest: Manifest
    closed_jobs: tuple[tuple[str, str], ...]
    unknown_jobs: tuple[tuple[str, str], ...]
    revoked: tuple[str, ...] = ("ironwood-tool",)

    @property
    def records(self) -> list[Record]:
        """All waves, in publish order."""
        return [record for wave in self.waves for record in wave]


def history(
    seed: int, now: datetime, applications: int = 240, *, scenarios: Iterable[Scenario] | None = None
) -> History:
    """The history of `applications` applications as of `now`: same arguments, same bytes.

    Raises ConfigError when `applications` is too few for every scenario to be told once.
    """
    author = Author(seed, now)
    chosen = (*SCENARIOS, *LIVE) if scenarios is None else tuple(scenarios)
    stories = _told(author, chosen, applications)
    entries = [entry for story in stories for entry in story.entries] + list(author.announced())
    entries += _repeats(author.rng, entries)
    everybody = author.all_employers()
    connected = {
        employer.connection: employer.vendor for employer in everybody if employer.connection and employer.vendor
    }
    return History(
        waves=tuple(_in_order(entries, wave) for wave in WAVES),
        once=frozenset((entry.topic, entry.key, entry.value) for entry in entries if not entry.repeatable),
        employers=everybody,
        manifest=add_up(stories, connected),
        closed_jobs=tuple(job for story in stories for job in story.closed_jobs),
        unknown_jobs=tuple(job for story in stories for job in story.unknown_jobs),
    )


def _told(author: Author, scenarios: tuple[Scenario, ...], applications: int) -> list[Story]:
    stories = [
        scenario(author) for scenario in scenarios for _ in range(max(1, applications // _APPLICATIONS_PER_ROUND))
    ]
    special = sum(len(story.expected) for story in stories)
    if special > applications:
        raise ConfigError(f"{applications} applications are too few: the scenarios alone need {special}")
    return stories + [ordinary.ordinary(author) for _ in range(applications - special)]


def _repeats(rng: random.Random, entries: list[Entry]) -> list[Entry]:
    """Some records come a second time, up to half an hour later: upstream is at-least-once too (A3)."""
    again = [entry for entry in entries if entry.repeatable and rng.random() < _REPEATED]
    return [replace(entry, at=entry.at + timedelta(minutes=rng.randint(1, 30))) for entry in again]


def _in_order(entries: list[Entry], wave: int) -> tuple[Record, ...]:
    mine = sorted((entry for entry in entries if entry.wave == wave), key=lambda entry: entry.at)
    return tuple(entry.record() for entry in mine)
