"""Names, addresses and numbers as people leave them, and two accounts of one person (A11, A31, A32, A33, R8)."""

from __future__ import annotations

from dataclasses import replace

from app.demo.author import Author, Case, candidate
from app.demo.outcomes import delivered, held
from app.demo.people import named
from app.demo.script import read
from app.demo.values import GROUNDWORK, LATER, Entry, Story


def without_email(author: Author) -> Story:
    """A31: held, unless the employer asked for a placeholder; a malformed address is no address."""
    written = (
        ("keystone", None),
        ("prairie", "not-an-address"),
        ("keystone", "  "),
        ("lakeshore", None),
        ("lakeshore", "a@b"),
    )
    entries: list[Entry] = []
    expected = []
    for name, email in written:
        case = author.case(author.usual_job(author.employer(name)))
        entries += [case.snapshot(candidate=candidate(case.person, email=email)), case.said("Engaged", 300)]
        waits = held(case, "without_email", "missing_email")
        expected.append(delivered(case, "without_email", email=None) if name == "lakeshore" else waits)
    return Story(entries=tuple(entries), expected=tuple(expected))


def email_added_later(author: Author) -> Story:
    """A31: the address arrives and nothing else is needed."""
    case = author.case(author.usual_job(author.employer("keystone")))
    entries = (
        case.snapshot(wave=GROUNDWORK, version=1, candidate=candidate(case.person, email="")),
        case.said("Engaged", 300),
        case.snapshot(wave=LATER, version=2),
    )
    return Story(entries=entries, expected=(delivered(case, "email_added_later"),))


def without_phone(author: Author) -> Story:
    """A32: sent without, except where the employer requires one; what cannot be a number is none."""
    entries: list[Entry] = []
    expected = []
    for name, phone in (("keystone", None), ("lakeshore", "call the shop"), ("redwood", None), ("redwood", "n/a")):
        case = author.case(author.usual_job(author.employer(name)))
        word = "New" if name == "redwood" else "Engaged"
        entries += [case.snapshot(candidate=candidate(case.person, phone=phone)), case.said(word, 300)]
        waits = held(case, "without_phone", "missing_required_phone")
        expected.append(waits if name == "redwood" else delivered(case, "without_phone", phone=None))
    return Story(entries=tuple(entries), expected=tuple(expected))


def one_word_names(author: Author) -> Story:
    """A33: wherever the one word was written, it is the first name; the last is the employer's stand-in."""
    first, second = read("people")["one_word"][:2]
    entries: list[Entry] = []
    expected = []
    for name, word, stand_in in (("keystone", first, "-"), ("redwood", second, "(not given)")):
        person = named(author.rng, author.number(), word, "")
        case = author.case(author.usual_job(author.employer(name)), person=person)
        blank = candidate(person) if name == "keystone" else candidate(person, first_name=None, last_name=word)
        status = case.said("New" if name == "redwood" else "Engaged", 300)
        entries += [case.snapshot(candidate=blank), status]
        expected.append(delivered(case, "one_word_names", last_name=stand_in))
    return Story(entries=tuple(entries), expected=tuple(expected))


def without_name(author: Author) -> Story:
    """A33: nothing to call them."""
    case = author.case(author.usual_job(author.employer("lakeshore")))
    nameless = candidate(case.person, first_name="", last_name="   ")
    entries = (case.snapshot(candidate=nameless), case.said("Engaged", 300))
    return Story(entries=entries, expected=(held(case, "without_name", "missing_name"),))


def notable_names(author: Author) -> Story:
    """R8: accents, Arabic, Hebrew, Chinese, Korean, quotes: the name arrives as it is written."""
    entries: list[Entry] = []
    expected = []
    for number, (first, last) in enumerate(read("people")["notable"]):
        employer = author.employer(("keystone", "lakeshore", "prairie")[number % 3])
        person = named(author.rng, author.number(), first, last)
        case = author.case(author.usual_job(employer), person=person)
        entries += [case.snapshot(), case.said("Engaged", 300)]
        expected.append(delivered(case, "notable_names"))
    return Story(entries=tuple(entries), expected=tuple(expected))


def same_address_twice(author: Author) -> Story:
    """A11: a second candidate id with the same address on the same job is for a person to look at."""
    job = author.usual_job(author.employer("keystone"))
    first = author.case(job)
    person = author.person()
    double = replace(person, email=first.person.email, written_email=first.person.written_email)
    second = author.case(job, person=double)
    entries = (*_engaged(first, 300), *(replace(entry, wave=LATER) for entry in _engaged(second, 1200)))
    expected = (delivered(first, "same_address_twice"), held(second, "same_address_twice", "ambiguous_delivery"))
    return Story(entries=entries, expected=expected)


def _engaged(case: Case, minutes: float) -> tuple[Entry, ...]:
    return case.snapshot(), case.said("Engaged", minutes)
