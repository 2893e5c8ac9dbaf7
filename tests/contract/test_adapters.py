"""The promises every adapter keeps, at every step of its flow, over scripted replies."""

from __future__ import annotations

import base64
import copy
import dataclasses
import importlib
import itertools
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from adapters import vendors
from adapters.base import Call, Reply
from adapters.driver import ask, drive
from adapters.registry import build, card, credential_fields, known
from schemas.delivery import Delivery, Pdf, Receipt
from schemas.errors import (
    ConfigError,
    DeliveryError,
    JobClosed,
    Permanent,
    Transient,
    Unauthorized,
    Unknown,
)
from schemas.person import Person
from schemas.remedies import meaning_of
from tests.contract import adapter_cases
from tests.contract.adapter_case import (
    KEY,
    PDF,
    PERSON,
    SECRET,
    Case,
    MemoryJournal,
    Script,
    Scripted,
    carries_pdf,
    reply,
)

CASES: dict[str, Case] = {
    vendor: importlib.import_module(f"{adapter_cases.__name__}.{vendor}").CASE
    for vendor in known()
    if importlib.util.find_spec(f"{adapter_cases.__name__}.{vendor}")
}
HOSTILE_NAMES = (
    "Zoë",
    "O'Brien-Smith",
    'Quo"te',
    "\u0639\u0644\u064a",
    "\u738b\u5c0f\u660e",
    "\U0001f469\u200d\U0001f52c",
    "x" * 300,
    "<script>alert(1)</script>",
    "a\\b",
    "{{7*7}}",
    "Robert'); DROP TABLE",
    "e\u0301" * 200,
    "%00%0d%0aX: y",
    "\u202eevil",
)
PAUSE = reply(429, None, Retry_After="1")
SENSELESS = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"<html>",
    b'{"id": null}',
    b'{"items": 3}',
    b'[1, "x", null]',
    b"\xff\xfe",
    b'"ok"',
    b'{"id": {}}',
)


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_every_vendor_module_has_a_case() -> None:
    assert set(CASES) == set(known())
    assert known()


async def made(case: Case, delivery: Delivery, script: Script, journal: MemoryJournal | None = None) -> list[Call]:
    ats = Scripted(script)
    await drive(case.adapter(), delivery, ats.send, journal or MemoryJournal())
    return ats.calls


# --- the receipt ---


async def test_r09_create_ends_in_the_receipt(case: Case) -> None:
    receipt = await drive(case.adapter(), case.delivery(), Scripted(case.create).send, MemoryJournal())
    assert receipt == case.receipt


async def test_a14_a41_what_is_there_already_is_adopted(case: Case) -> None:
    if not case.adopt:
        facts = card(case.vendor)
        assert facts.capability == "key" or not facts.read_back or facts.update == "unsupported"
        return
    receipt = await drive(case.adapter(), case.delivery(), Scripted(case.adopt).send, MemoryJournal())
    assert receipt == case.adopted
    assert receipt.adopted
    assert receipt.attribution == "kept_existing"


async def test_r18_update_attaches_the_new_pdf_or_says_that_it_cannot(case: Case) -> None:
    ats = Scripted(case.update)
    receipt = await drive(case.adapter(), case.delivery("update"), ats.send, MemoryJournal())
    if card(case.vendor).update == "unsupported":
        assert receipt.note == "update_unsupported"
        assert ats.calls == []
    else:
        assert any(carries_pdf(call) for call in ats.calls)
        assert receipt.note is None


async def test_an_update_of_something_never_placed_is_refused_before_any_call(case: Case) -> None:
    unsupported = card(case.vendor).update == "unsupported" or card(case.vendor).capability == "key"
    for placed in [None] if unsupported else [None, Receipt()]:
        ats = Scripted({})
        with pytest.raises(Permanent) as caught:
            await drive(case.adapter(), case.delivery("update", placed=placed), ats.send, MemoryJournal())
        assert caught.value.code == "not_placed"
        assert ats.calls == []


async def test_a45_erase_reaches_the_ats_or_names_who_must(case: Case) -> None:
    ats = Scripted(case.erase)
    receipt = await drive(case.adapter(), case.delivery("erase"), ats.send, MemoryJournal())
    if card(case.vendor).erase == "ask_a_person":
        assert receipt.note == "erase_by_employer"
    else:
        assert ats.calls


async def test_a45_erase_leaves_a_person_the_employer_had_before(case: Case) -> None:
    if case.adopted is None:
        return
    ats = Scripted(case.erase)
    receipt = await drive(case.adapter(), case.delivery("erase", placed=case.adopted), ats.send, MemoryJournal())
    assert receipt.note == "erase_by_employer"
    assert not [call for call in ats.calls if "candidate" in call.step]


async def test_a45_erasing_twice_is_as_good_as_once(case: Case) -> None:
    gone = {step: reply(404) for step in case.erase}
    if case.vendor != "webhook":
        await drive(case.adapter(), case.delivery("erase"), Scripted(gone).send, MemoryJournal())


# --- the same calls, resumed anywhere ---


async def test_same_delivery_same_calls_with_distinct_steps(case: Case) -> None:
    first = await made(case, case.delivery(), case.create)
    again = await made(case, case.delivery(), case.create)
    assert first == again
    assert len({call.step for call in first}) == len(first)


@pytest.mark.parametrize("script", ["create", "adopt", "update", "erase"])
async def test_resumed_after_a_pause_at_any_step(case: Case, script: str) -> None:
    replies: Script = getattr(case, script)
    if not replies:
        return
    delivery = case.delivery("create" if script == "adopt" else script)  # type: ignore[arg-type]
    whole = await made(case, delivery, replies)
    receipt = await drive(case.adapter(), delivery, Scripted(replies).send, MemoryJournal())
    for position, call in enumerate(whole):
        journal, ats = MemoryJournal(), Scripted(replies, {call.step: PAUSE})
        with pytest.raises(Transient):
            await drive(case.adapter(), delivery, ats.send, journal)
        assert await drive(case.adapter(), delivery, ats.send, journal) == receipt
        assert ats.calls == [*whole[: position + 1], *whole[case.anew_from(whole, position) :]]


async def test_a_finished_delivery_calls_nothing_again(case: Case) -> None:
    journal = MemoryJournal()
    await made(case, case.delivery(), case.create, journal)
    assert await made(case, case.delivery(), {}, journal) == []


async def test_a40_a_step_that_may_have_landed_is_not_repeated_blindly(case: Case) -> None:
    for call in await made(case, case.delivery(), case.create):
        journal = MemoryJournal()
        crashed = Scripted(case.create, {call.step: KeyboardInterrupt()})
        with pytest.raises(KeyboardInterrupt):
            await drive(case.adapter(), case.delivery(), crashed.send, journal)
        if call.repeat == "safe":
            resumed = Scripted(case.create)
            assert await drive(case.adapter(), case.delivery(), resumed.send, journal) == case.receipt
            assert call in resumed.calls
        else:
            await _found_and_finished(case, call, journal)


async def _found_and_finished(case: Case, call: Call, journal: MemoryJournal) -> None:
    look = case.looks[call.step]
    resumed = Scripted({**case.create, **look.found})
    receipt = await drive(case.adapter(), case.delivery(), resumed.send, journal)
    assert call not in resumed.calls
    ids = ("candidate_id", "application_id", "attachment_id")
    for name in ids:
        assert getattr(case.receipt, name) in (None, getattr(receipt, name)), (
            "a look may learn an id, never another one"
        )
    assert (receipt.attribution, receipt.adopted, receipt.note) == (case.receipt.attribution, False, None)


async def test_a40_absent_twice_is_sent_again(case: Case) -> None:
    for call in [call for call in await made(case, case.delivery(), case.create) if call.repeat == "look_first"]:
        journal = MemoryJournal()
        crashed = Scripted(case.create, {call.step: KeyboardInterrupt()})
        with pytest.raises(KeyboardInterrupt):
            await drive(case.adapter(), case.delivery(), crashed.send, journal)
        absent = {**case.create, **case.looks[call.step].absent}
        first = Scripted(absent)
        with pytest.raises(Unknown):
            await drive(case.adapter(), case.delivery(), first.send, journal)
        assert call not in first.calls
        if case.looks[call.step].proves:
            refused = Scripted(absent, {call.step: PAUSE})
            again = copy.deepcopy(journal)
            with pytest.raises(Transient):
                await drive(case.adapter(), case.delivery(), refused.send, again)
            assert not await again.started(call.step), "proved absent and refused: surely not done"
        second = Scripted(absent)
        if not case.looks[call.step].proves:
            with pytest.raises(Unknown):
                await drive(case.adapter(), case.delivery(), second.send, journal)
            assert call not in second.calls
            continue
        assert await drive(case.adapter(), case.delivery(), second.send, journal) == case.receipt
        assert call in second.calls


async def test_find_only_reads_and_keeps_what_the_step_keeps(case: Case) -> None:
    journal = MemoryJournal()
    for call in await made(case, case.delivery(), case.create, journal):
        if call.repeat == "safe":
            continue
        look = case.looks[call.step]
        ats = Scripted(look.found)
        found = await ask(case.adapter().find(case.delivery(), call.step), ats.send)
        assert found is not None
        assert set(found) >= set(journal.finished[call.step])
        assert all(case.only_reads(read) for read in ats.calls)
        absent = Scripted(look.absent)
        if look.proves:
            assert await ask(case.adapter().find(case.delivery(), call.step), absent.send) is None
        else:
            with pytest.raises(Unknown):
                await ask(case.adapter().find(case.delivery(), call.step), absent.send)


async def test_every_look_of_the_case_is_of_a_step(case: Case) -> None:
    for step, look in case.looks.items():
        assert await ask(case.adapter().find(case.delivery(), step), Scripted(look.found).send) is not None
        if look.proves:
            assert await ask(case.adapter().find(case.delivery(), step), Scripted(look.absent).send) is None


async def test_a14_a_file_that_is_there_is_not_attached_again(case: Case) -> None:
    look = next((case.looks[step] for step in case.looks if step.startswith("attach")), None)
    if look is None:
        return
    for script, delivery in ((case.adopt, case.delivery()), (case.update, case.delivery("update"))):
        calls = await made(case, delivery, {**script, **look.found}) if script else []
        assert not any(carries_pdf(call) for call in calls)


@pytest.mark.parametrize("status", [404, 422, 500])
async def test_a_look_up_that_is_refused_says_nothing_of_the_step(case: Case, status: int) -> None:
    for step, look in case.looks.items():
        for read in look.found if step in case.create else ():
            journal = MemoryJournal()
            crashed = Scripted(case.create, {step: KeyboardInterrupt()})
            with pytest.raises(KeyboardInterrupt):
                await drive(case.adapter(), case.delivery(), crashed.send, journal)
            resumed = Scripted({**case.create, **look.found}, {read: reply(status)})
            with pytest.raises(Unknown):
                await drive(case.adapter(), case.delivery(), resumed.send, journal)
            assert await journal.started(step), "it may still have landed"


async def test_what_is_called_a_read_only_reads(case: Case) -> None:
    for script in (case.create, case.adopt):
        for call in await made(case, case.delivery(), script) if script else []:
            assert not call.only_reads or case.only_reads(call), call.step
            assert not (call.only_reads and call.repeat != "safe")
            assert not (call.body and call.method == "GET")


async def test_what_was_read_before_a_pause_is_asked_again(case: Case) -> None:
    """A candidate or application that came to be during the pause is adopted, not made a second time (A12)."""
    writes = [call for call in await made(case, case.delivery(), case.create) if not call.only_reads]
    if not case.adopt or card(case.vendor).capability != "lookup":
        return
    first = next(call for call in writes if call.step not in case.prepared)
    journal = MemoryJournal()
    paused = Scripted(case.create, {first.step: PAUSE})
    with pytest.raises(Transient):
        await drive(case.adapter(), case.delivery(), paused.send, journal)
    resumed = Scripted(case.adopt)
    assert await drive(case.adapter(), case.delivery(), resumed.send, journal) == case.adopted
    assert first.step not in {call.step for call in resumed.calls} or first.step == "attach profile"


async def test_a37_a_job_that_reopened_is_not_held_by_what_was_read_before(case: Case) -> None:
    for soft in case.soft:
        if soft.means is not JobClosed or soft.step not in case.create:
            continue
        journal = MemoryJournal()
        closed = Scripted({**case.create, soft.step: soft.reply})
        with pytest.raises(JobClosed):
            await drive(case.adapter(), case.delivery(), closed.send, journal)
        assert await drive(case.adapter(), case.delivery(), Scripted(case.create).send, journal) == case.receipt


# --- what each answer means ---

MEANINGS: Mapping[int, type[DeliveryError]] = {
    301: Permanent, 302: Permanent, 307: Permanent, 303: Unknown, 400: Permanent, 401: Unauthorized, 403: Unauthorized,
    404: Permanent, 405: Permanent, 408: Unknown, 409: Permanent, 413: Permanent, 415: Permanent, 422: Permanent,
    429: Transient, 500: Unknown, 502: Unknown, 503: Unknown, 504: Unknown, 520: Unknown,
}  # fmt: skip


@pytest.mark.parametrize("status", MEANINGS)
@pytest.mark.parametrize("script", ["create", "update"])
async def test_a_failing_reply_at_any_step(case: Case, status: int, script: str) -> None:
    replies: Script = getattr(case, script)
    delivery = case.delivery("update" if script == "update" else "create")
    for call in await made(case, delivery, replies) if replies else []:
        if (call.step, status) in case.own_statuses:
            continue
        said = {
            "message": "Augusta Lovelace augusta@example.com",
            "errors": [{"message": "Augusta", "field": "Lovelace"}],
        }
        ats = Scripted(replies, {call.step: reply(status, said)})
        with pytest.raises(MEANINGS[status]) as caught:
            await drive(case.adapter(), delivery, ats.send, MemoryJournal())
        assert not re.search("augusta|lovelace", repr(caught.value) + str(vars(caught.value)), re.IGNORECASE)
        assert ats.calls[-1] == call, "nothing is sent after a refusal"
        assert not isinstance(caught.value, Permanent) or meaning_of(caught.value.code)


def test_statuses_with_a_meaning_of_their_own_are_shown(case: Case) -> None:
    shown = {(soft.step, soft.reply.status) for soft in case.soft} | {
        (step, answer.status) for script in (case.adopt, case.create) for step, answer in script.items()
    }
    of_one_meaning = {step for step, _ in case.own_statuses if step in case.prepared}
    assert {own for own in case.own_statuses if own[0] not in of_one_meaning} <= shown


async def test_the_vendors_own_words(case: Case) -> None:
    for soft in case.soft:
        ats = Scripted({**case.adopt, **case.update, **case.create}, {soft.step: soft.reply})
        kind = "create" if soft.step in case.create or soft.step in case.adopt else "update"
        if soft.means is None:
            await drive(case.adapter(), case.delivery(kind), ats.send, MemoryJournal())  # type: ignore[arg-type]
            continue
        with pytest.raises(soft.means) as caught:
            await drive(case.adapter(), case.delivery(kind), ats.send, MemoryJournal())  # type: ignore[arg-type]
        assert type(caught.value) is soft.means
        assert not isinstance(caught.value, Permanent) or meaning_of(caught.value.code)
        assert "Augusta" not in str(caught.value)


async def test_a37_a_closed_job_is_told_apart(case: Case) -> None:
    assert any(soft.means is JobClosed for soft in case.soft)


@pytest.mark.parametrize(
    ("value", "wait_s"),
    [
        ("3", 3.0),
        ("Wed, 21 Oct 2026 07:28:07 GMT", 7.0),
        ("soon", None),
        ("", None),
        ("-5", 0.0),
        ("inf", None),
        ("nan", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_any_form(case: Case, status: int, value: str, wait_s: float | None) -> None:
    answer = reply(status, None, Retry_After=value, Date="Wed, 21 Oct 2026 07:28:00 GMT")
    for call in await made(case, case.delivery(), case.create):
        if (call.step, status) in case.own_statuses:
            continue
        with pytest.raises(Transient) as caught:
            await drive(
                case.adapter(), case.delivery(), Scripted(case.create, {call.step: answer}).send, MemoryJournal()
            )
        assert caught.value.retry_after_s == wait_s
        assert caught.value.throttled


async def test_a_senseless_success_is_unknown_never_a_crash(case: Case) -> None:
    journal = MemoryJournal()
    for call, body in itertools.product(await made(case, case.delivery(), case.create, journal), SENSELESS):
        ats = Scripted({**case.adopt, **case.create}, {call.step: Reply(status=200, body=body)})
        with suppress(Unknown):
            await drive(case.adapter(), case.delivery(), ats.send, MemoryJournal())
            needs_ids = journal.finished.get(call.step) and not case.only_reads(call)
            assert not needs_ids or card(case.vendor).capability == "key", (call.step, body)


# --- what may leave ---


def _pdf(case: Case) -> Pdf:
    pdf = case.delivery().pdf
    assert pdf is not None
    return pdf


async def test_r08_the_create_carries_name_email_and_phone(case: Case) -> None:
    sent = b"".join(call.body for call in await made(case, case.delivery(), case.create))
    for value in (PERSON.first_name, PERSON.last_name, PERSON.email, PERSON.phone):
        assert value is not None
        assert value.encode() in sent or value.encode().replace(b"+", b"%2B") in sent, "a part of the person is missing"


async def test_r09_exactly_one_step_carries_the_pdf_under_a_name_with_the_key(case: Case) -> None:
    carrying = [call for call in await made(case, case.delivery(), case.create) if carries_pdf(call)]
    assert len(carrying) == 1
    named = await made(case, case.delivery(), case.create)
    assert any(KEY.encode() in call.body or KEY in call.path for call in named)
    assert not any(b"Lovelace.pdf" in call.body for call in named)


async def test_r11_the_source_is_factoryfix(case: Case) -> None:
    bodies = {call.step: call.body.decode("latin-1") for call in await made(case, case.delivery(), case.create)}
    assert case.sources
    for step, said in case.sources.items():
        assert said in bodies[step]
    assert all(words in "".join(bodies.values()) for words in case.says)


async def test_r12_no_answer_in_a_structured_field(case: Case) -> None:
    for call in await made(case, case.delivery(), case.create):
        rest = call.body.replace(PDF, b"").replace(base64.b64encode(PDF), b"")
        told = rest + call.path.encode() + repr((call.query, dict(call.headers))).encode()
        assert b"canary-of-an-answer" not in told


async def test_r13_a_second_job_shows_nothing_of_the_first(case: Case) -> None:
    other = case.delivery(job_id="job-2", job_title="Welder", ats_job_id="78", application_id="app-2")
    ats = Scripted(case.create)
    with suppress(DeliveryError, KeyError):
        await drive(case.adapter(), other, ats.send, MemoryJournal())
    sent = b"".join(call.body + call.path.encode() for call in ats.calls)
    assert b"CNC" not in sent
    assert b"job-1" not in sent


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_hostile_names_survive(case: Case, name: str) -> None:
    person = Person(
        candidate_id="c", first_name=name, last_name=name, email="augusta@example.com", phone="+12125550123"
    )
    calls = await made(case, case.delivery(person=person), case.create)
    limit = card(case.vendor).max_name_chars
    sent = b"".join(call.body for call in calls)
    if len(name) > limit:
        assert (name[0] * (limit + 1)).encode() not in sent
    assert all("\r" not in text and "\n" not in text for call in calls for text in call.headers.values())
    assert all(call.path.isascii() for call in calls)


@pytest.mark.parametrize("title", ["../../etc", "Técnico / CNC", 'a"; filename="b', "x" * 500, "\u738b", ""])
async def test_hostile_job_titles_and_file_names_survive(case: Case, title: str) -> None:
    pdf = dataclasses.replace(_pdf(case), file_name=f'{title}\r\n".pdf')
    calls = await made(case, case.delivery(job_title=title, pdf=pdf), case.create)
    carrying = next(call for call in calls if carries_pdf(call))
    names = re.findall(rb'filename="([^"\r\n]*)"', carrying.body)
    assert all(len(found) <= 200 and KEY.encode() in found for found in names)


async def test_a_pdf_over_the_limit_is_refused_before_any_call(case: Case) -> None:
    content = b"x" * (card(case.vendor).max_pdf_bytes + 1)
    ats = Scripted({})
    pdf = dataclasses.replace(_pdf(case), content=content)
    with pytest.raises(Permanent) as caught:
        await drive(case.adapter(), case.delivery(pdf=pdf), ats.send, MemoryJournal())
    assert caught.value.code == "pdf_too_large"
    assert ats.calls == []


async def test_r09_a_create_without_its_pdf_is_refused_before_any_call(case: Case) -> None:
    ats = Scripted({})
    with pytest.raises(Permanent):
        await drive(case.adapter(), case.delivery(pdf=None), ats.send, MemoryJournal())
    assert ats.calls == []


async def test_r09_an_ats_that_fetches_the_pdf_is_not_called_without_an_address(case: Case) -> None:
    if card(case.vendor).pdf_by == "bytes":
        assert _pdf(case).url is None
        return
    for kind in ("create", "update"):
        ats, unreachable = Scripted({}), dataclasses.replace(_pdf(case), url=None)
        with pytest.raises(Permanent) as caught:
            await drive(case.adapter(), case.delivery(kind, pdf=unreachable), ats.send, MemoryJournal())
        assert caught.value.code == "no_public_url"
        assert ats.calls == []


async def test_a31_a32_missing_contact_goes_by_the_card(case: Case) -> None:
    facts = card(case.vendor)
    without_email, without_phone = dataclasses.replace(PERSON, email=None), dataclasses.replace(PERSON, phone=None)
    for person, demanded in ((without_email, facts.email_required), (without_phone, facts.phone_required)):
        ats = Scripted(case.create)
        if demanded:
            with pytest.raises(Permanent):
                await drive(case.adapter(), case.delivery(person=person), ats.send, MemoryJournal())
            assert ats.calls == []
        else:
            await drive(case.adapter(), case.delivery(person=person), ats.send, MemoryJournal())


async def test_no_secret_and_no_person_in_any_repr(case: Case) -> None:
    told = repr(case.adapter()) + repr(case.delivery())
    told += "".join(repr(call) for call in await made(case, case.delivery(), case.create))
    for secret in (SECRET, *case.credentials.values()):
        assert secret not in told or secret.isdecimal()
    for word in ("Augusta", "Lovelace", "augusta@", "2125550123", "canary-of"):
        assert word not in told


# --- the card and the registry ---


def test_the_card_is_complete(case: Case) -> None:
    facts = card(case.vendor)
    assert facts.sources
    assert facts.rate_per_s > 0
    assert facts.burst >= 1
    assert facts.max_pdf_bytes >= 2_000_000
    assert all((facts.title, facts.dedupe_key, facts.source, facts.silent))
    if facts.capability == "lookup":
        assert facts.settle_s > 0


def test_the_registry_names_faults_without_values(case: Case) -> None:
    for credentials in ({**case.credentials, "extra": SECRET}, {**case.credentials, "": "x"}):
        with pytest.raises(ConfigError, match=f"vendors show {case.vendor}") as caught:
            build(case.vendor, credentials, case.base_url)
        assert SECRET not in str(caught.value)
    for name, required in credential_fields(case.vendor).items():
        fewer = {key: value for key, value in case.credentials.items() if key != name}
        if required:
            with pytest.raises(ConfigError, match=name):
                build(case.vendor, fewer, case.base_url)
        with pytest.raises(ConfigError):
            build(case.vendor, {**case.credentials, name: "line\nbreak"}, case.base_url)


@pytest.mark.parametrize("address", ["ftp://x", "https://", "https://u:p@h/", "https://h/#f", "h", "https://h:99999/"])
def test_the_registry_refuses_addresses_it_cannot_use(case: Case, address: str) -> None:
    with pytest.raises(ConfigError):
        build(case.vendor, case.credentials, address)


def test_unknown_vendors_are_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="webhook"):
        build("nope", {})


def test_no_vendor_file_reaches_for_the_network() -> None:
    barred = "aiohttp|requests|httpx|socket|urllib\\.request|app|streams|render"
    for path in vendors.__path__:
        for file in Path(path).glob("*.py"):
            assert not re.search(rf"^(?:import|from) (?:{barred})\b", file.read_text(), re.MULTILINE), file.name


async def test_check_only_reads_and_reports(case: Case) -> None:
    for job in (None, case.ats_job_id):
        ats = Scripted(case.check)
        findings = await ask(case.adapter().check(job), ats.send)
        assert findings
        assert all(finding.ok for finding in findings)
        assert all(case.only_reads(call) for call in ats.calls)


async def test_check_reports_what_is_refused(case: Case) -> None:
    for step in case.check:
        ats = Scripted(case.check, {step: reply(403)})
        try:
            findings = await ask(case.adapter().check(case.ats_job_id), ats.send)
        except DeliveryError:
            continue
        assert any(not finding.ok for finding in findings), step
        assert all(finding.remedy for finding in findings if not finding.ok)


def test_receipts_of_cases_are_whole(case: Case) -> None:
    assert case.receipt != Receipt()
