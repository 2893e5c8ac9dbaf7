"""A screening conversation and the assessment made of it, each with phrases that belong to this one job alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.demo.script import read
from app.demo.values import Job

_IN_SPANISH = 0.08
_SHIFTS = ("nights", "second shift", "weekends", "third shift")
_STARS = (None, 1, 2, 2.5, 3, 3, 3.5, 3.5, 4, 4, 4, 4.5, 4.5, 5, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """`transcript` and `assessment` as the events carry them; `phrases`: words that only this job's PDF may hold."""

    responded_at: datetime
    completed_at: datetime
    transcript: list[dict[str, Any]] = field(repr=False)
    assessment: dict[str, Any] = field(repr=False)
    phrases: tuple[str, ...] = field(repr=False)


def talk(rng: random.Random, job: Job, first_name: str, starts_at: datetime) -> Talk:
    """4 to 40 turns about `job`, and an assessment."""
    words = {
        "first": first_name,
        "employer": job.employer.name,
        "title": job.title,
        "years": str(rng.randint(3, 28)),
        "pay": f"${rng.randint(21, 44)}",
        "shift": rng.choice(_SHIFTS),
        "canary": canary(rng),
    }
    lines = _lines(rng, job.trade, words)
    transcript, ends_at = _timed(rng, lines, starts_at)
    assessment, written = _assessment(rng, job.trade, words, ends_at)
    return Talk(
        responded_at=starts_at + timedelta(seconds=90),
        completed_at=ends_at,
        transcript=transcript,
        assessment=assessment,
        phrases=(words["canary"], written),
    )


def canary(rng: random.Random) -> str:
    """A job number nobody else mentions; without a hyphen, so that no line of a page can break inside it."""
    return f"{rng.choice('BDFGHKMR')}{rng.choice('AEOU')}{rng.choice('LNRST')}{rng.randrange(10**7):07d}"


def _lines(rng: random.Random, trade: str, words: dict[str, str]) -> list[tuple[str, str]]:
    general = read("general")
    spanish = rng.random() < _IN_SPANISH
    questions = general["spanish"] if spanish else [*read("trades")[trade]["questions"], *general["questions"]]
    pairs = rng.sample(questions, rng.randint(1, min(19, len(questions))))
    marked = rng.randrange(len(pairs))
    mark = rng.choice(general["canary_sentences_es" if spanish else "canary_sentences"])
    lines = [("Riley (AI recruiter)", rng.choice(general["greetings"]))]
    for number, (question, answers) in enumerate(pairs):
        answer = f"{rng.choice(answers)} {mark}" if number == marked else rng.choice(answers)
        lines += [("Riley (AI recruiter)", question), ("Candidate", answer)]
    lines.append(("Riley (AI recruiter)", rng.choice(general["closings"])))
    return [(speaker, text.format_map(words)) for speaker, text in lines]


def _timed(
    rng: random.Random, lines: list[tuple[str, str]], starts_at: datetime
) -> tuple[list[dict[str, Any]], datetime]:
    at, turns = starts_at, []
    for speaker, text in lines:
        turns.append({"speaker": speaker, "at": at.isoformat(), "text": text})
        at += timedelta(seconds=rng.randint(20, 240))
    return turns, at


def _assessment(rng: random.Random, trade: str, words: dict[str, str], ends_at: datetime) -> tuple[dict[str, Any], str]:
    general, mine, mark = read("general"), read("trades")[trade], canary(rng)
    noted = rng.randrange(len(mine["criteria"]))
    criteria = [
        {
            "name": name,
            "verdict": rng.choice(general["verdicts"]),
            "note": rng.choice(general["notes"]) + (f" Named {mark} as the example." if number == noted else ""),
        }
        for number, name in enumerate(mine["criteria"])
    ]
    return {
        "rating": rng.choice(_STARS),
        "summary": mine["summary"].format_map(words),
        "strengths": rng.sample(mine["strengths"], rng.randint(2, len(mine["strengths"]))),
        "concerns": rng.sample(general["concerns"], rng.randint(0, 2)),
        "criteria": criteria,
        "model": general["model"],
        "at": (ends_at + timedelta(minutes=2)).isoformat(),
    }, mark
