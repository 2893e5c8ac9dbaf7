"""A request and an answer as plain values: what vendor modules see instead of the HTTP library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from schemas.codec import decode, encode
from schemas.errors import BadEvent

if TYPE_CHECKING:
    from datetime import datetime

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What lay behind an address the ATS was given; no content where it could not be had, and `why`."""

    content: bytes | None = field(default=None, repr=False)
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as received. `path` is below the account, decoded; header names are lower-case."""

    at: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    base_url: str = ""
    open_at_once: int = 1  # requests of this account that are on their way, this one among them
    same_at_once: int = 1  # of these, those of the same step
    files: Mapping[str, Fetched] = field(default_factory=dict, repr=False)  # by the address they were fetched from

    def ask(self, name: str) -> str | None:
        """The first value of a query parameter, spelled exactly so; None if it is not there."""
        return next((value for key, value in self.query if key == name), None)

    def ask_all(self, name: str) -> list[str]:
        """Every value of a query parameter, repeated ones and comma lists alike."""
        return [part for key, value in self.query if key == name for part in value.split(",") if part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)


class Refused(Exception):  # noqa: N818 - named for what happened to the request
    """The vendor's own refusal: carries the answer to send."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"refused with {answer.status}")
        self.answer = answer


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None, *, media: str = JSON) -> Answer:
    return Answer(status=status, headers={"content-type": media, **(headers or {})}, body=encode(value))


def json_of(body: bytes) -> Any:
    """The JSON value of a body. Raises ValueError if it is none."""
    try:
        return decode(body)
    except BadEvent:
        raise ValueError("not JSON") from None


def form_of(body: bytes) -> dict[str, str]:
    """An application/x-www-form-urlencoded body. Raises ValueError if it is none."""
    pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=100)
    return dict(pairs)
