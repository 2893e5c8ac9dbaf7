"""Made-up people: names from many places, addresses at reserved domains, telephone numbers reserved for fiction."""

from __future__ import annotations

import random
import unicodedata

from app.demo.script import read
from app.demo.values import Contact


def contact(rng: random.Random, number: int) -> Contact:
    """A person nobody else in the history is; one in twelve has a name that is not plain ASCII."""
    names = read("people")
    first, last = (
        rng.choice(names["notable"])
        if rng.random() < 1 / 12
        else (rng.choice(names["first"]), rng.choice(names["last"]))
    )
    return named(rng, number, first, last)


def named(rng: random.Random, number: int, first: str, last: str) -> Contact:
    """A person with this name and an address and number of their own."""
    names = read("people")
    domain = rng.choice(names["domains"])
    local = f"{_ascii(first) or 'worker'}.{_ascii(last) or 'x'}.{number}"
    digits = f"{rng.choice(names['area_codes'])}55501{number % 100:02d}"
    return Contact(
        candidate_id=f"cand-{number:05d}",
        first_name=first,
        last_name=last,
        email=f"{local}@{domain}",
        phone=f"+1{digits}",
        written_email=rng.choice([f"{local}@{domain}", f" {local}@{domain.upper()} ", f"{local}@{domain.title()}"]),
        written_phone=_written(rng, digits),
    )


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())[:20]


def _written(rng: random.Random, digits: str) -> str:
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    return rng.choice(
        [f"({area}) {exchange}-{line}", f"{area}.{exchange}.{line}", f"+1 {area} {exchange} {line}", digits]
    )
