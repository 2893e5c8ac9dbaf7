"""A45, P5: after an erasure no column of any table holds a word of the person; decisions and ids stay."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.intake.intake import Intake
from schemas.codec import encode
from schemas.record import Record
from tests.integration.ingest.conftest import Ledger
from tests.integration.ingest.history import Log, application, job, moment, person, status_change, turn

pytestmark = pytest.mark.service

_CANARY = "zanzibar"
_COLUMNS = """
select table_name, column_name, data_type from information_schema.columns
where table_schema = 'ats_sync' and table_name <> 'alembic_version' order by 1, 2"""


def _told_of_them(log: Log) -> Sequence[Record]:
    """Everything upstream can say about somebody, with a word of theirs wherever text may stand."""
    whole = application(
        "a-1",
        candidate=person("c-1", first_name=f"Ada {_CANARY}", last_name=_CANARY, email=f"{_CANARY}@mail.example"),
        resume={"filename": f"{_CANARY}.pdf", "media_type": _CANARY, "url": f"https://{_CANARY}.example/cv"},
        screening={"responded_at": moment(1), "completed_at": moment(2), "transcript": [turn(_CANARY)]},
        assessment={"rating": 4, "summary": _CANARY, "criteria": [{"name": _CANARY}]},
        profile_url=f"https://app.example/{_CANARY}",
        source=f"met {_CANARY} at a fair.",
    )
    said = status_change("a-1", f"{_CANARY}, who called", 5, actor={"name": _CANARY})
    broken = encode(whole)[:-1]
    headers = (("trace", _CANARY.encode()),)
    return [
        log.record("jobs", "job-1", job("job-1")),
        log.record("applications", "a-1", whole),
        log.record("candidate-status", "a-1", said),
        log.status("a-1", "engaged", 9),
        replace(log.record("applications", "a-1", broken), headers=headers),
        log.record("applications", "a-1", {**whole, "version": 3, "assessment": {"rating": 9, "summary": _CANARY}}),
        log.record("applications", "a-1", {**whole, "version": 4, "source": "direct"}),
    ]


async def _where_it_is(ledger: Ledger) -> list[str]:
    """Every column in which the word stands, compressed content included."""
    found = []
    for column in await ledger.rows(_COLUMNS):
        table, name = column["table_name"], column["column_name"]
        values = [row[0] for row in await ledger.rows(f'select "{name}" from "{table}" where "{name}" is not null')]  # noqa: S608
        if any(_CANARY in _text(value) for value in values):
            found.append(f"{table}.{name}")
    return found


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value).lower()
    try:
        return zlib.decompress(value).decode().lower()
    except zlib.error:
        return value.decode("latin-1").lower()


async def test_a45_no_column_holds_a_word_of_the_person_afterwards(intake: Intake, ledger: Ledger, log: Log) -> None:
    await ledger.connect()
    history = _told_of_them(log)
    await intake.apply(history)
    assert await _where_it_is(ledger) == ["dead_letter.value", "snapshot.content"]
    assert await ledger.value("select count(*) from contact_claim") == 1
    assert await ledger.value("select headers::text from dead_letter where headers <> '[]'") is not None

    await intake.apply([log.erasure("c-1")])
    for _ in range(2):
        assert await _where_it_is(ledger) == []
        assert await ledger.value("select count(*) from contact_claim") == 0
        assert await ledger.value("select count(*) from application where contact_key is not null") == 0
        assert await ledger.value("select count(*) from dead_letter where headers is not null") == 0
        await intake.reapply(history)
    assert await ledger.decision("a-1") == ("SKIP", "erased")
