"""What a vendor module of the sandbox is: its address, credentials, routes, error language and reply headers."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from adapters.sandbox.multipart import Part, parts_of
from adapters.sandbox.store import Application, Attachment, Candidate, sha256_of
from adapters.sandbox.wire import Answer, Refused, Request, json_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.sandbox.shape import Problem, Rule
    from adapters.sandbox.store import Account, Upload


class Keeper(Protocol):
    """Where the bytes of uploads go."""

    def put(self, sha256: str, content: bytes) -> None: ...

    def get(self, sha256: str) -> bytes | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to one account, with the variables of its route."""

    request: Request
    account: Account
    vendor: Vendor
    step: str
    blobs: Keeper
    args: Mapping[str, str] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        return self.request.at

    def refuse(self, status: int, text: str = "") -> Refused:
        """The vendor's own error answer, to be raised."""
        return Refused(self.vendor.error(status, text))

    def json(self) -> Any:
        """The JSON body; refused with 400 in the vendor's words if it is none."""
        try:
            return json_of(self.request.body)
        except ValueError:
            raise self.refuse(400, "The request body is not valid JSON") from None

    def checked(self, rule: Rule, refuse: Callable[[list[Problem]], Answer]) -> Any:
        """The JSON body if it keeps to `rule`; else the vendor's validation answer."""
        value = self.json()
        problems = list(rule(value, ""))
        if problems:
            raise Refused(refuse(problems))
        return value

    def credential(self, name: str) -> str:
        return (self.account.rules.credentials or self.vendor.credentials).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`pattern` is below the account, with {name} for a variable. An open route needs no credentials."""

    step: str
    method: str
    pattern: str
    handle: Callable[[Call], Answer]
    open: bool = False


def _unchanged(_call: Call, answer: Answer) -> Answer:
    return answer


def _none(_request: Request) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One vendor's API. `error` speaks its error language for a status; `finish` adds what every reply carries."""

    name: str
    title: str
    prefix: str
    credentials: Mapping[str, str] = field(repr=False)
    routes: tuple[Route, ...]
    authenticate: Callable[[Call], None]
    error: Callable[[int, str], Answer]
    finish: Callable[[Call, Answer], Answer] = _unchanged
    addresses: Callable[[Request], Iterable[str]] = _none  # of the files it fetches by itself for a request
    most_at_once: int | None = None  # requests of one account on their way at a time, where the vendor states it
    one_at_once: tuple[str, ...] = ()  # steps of which it takes one at a time
    sources: tuple[str, ...] = ()

    def route(self, method: str, path: str) -> tuple[Route, dict[str, str]] | int:
        """The route and its variables, or the status that says why there is none: 404 or 405."""
        status = 404
        for route in self.routes:
            found = _compiled(route.pattern).fullmatch(path)
            if found and route.method == method:
                return route, found.groupdict()
            if found:
                status = 405
        return status


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[a-z_]+\})", pattern)
    return re.compile("".join(f"(?P<{part[1:-1]}>[^/]+)" if part[:1] == "{" else re.escape(part) for part in parts))


def keep(
    call: Call, upload: Upload, owner: Application | Candidate, kind: str, extra: Mapping[str, Any] | None = None
) -> Attachment:
    """Store a file that passed the vendor's checks, under its application or else its candidate."""
    placed = owner if isinstance(owner, Application) else None
    sha256 = sha256_of(upload.content)
    call.blobs.put(sha256, upload.content)
    return call.account.add_attachment(
        Attachment(
            id=call.account.new_id(),
            candidate_id=placed.candidate_id if placed else owner.id,
            application_id=placed.id if placed else None,
            name=upload.name,
            kind=kind,
            content_type=upload.content_type,
            size=len(upload.content),
            sha256=sha256,
            created_at=call.at,
            extra=dict(extra or {}),
        )
    )


def parts_in(call: Call) -> list[Part]:
    """The parts of a multipart body; refused with 400 in the vendor's words if it is none."""
    try:
        return parts_of(call.request.headers.get("content-type", ""), call.request.body)
    except ValueError:
        raise call.refuse(400, "A multipart/form-data body is required") from None


def stored_file(call: Call) -> Answer:
    """The bytes behind a link of ours: {sha} is their digest."""
    content = call.blobs.get(call.args["sha"])
    if content is None:
        raise call.refuse(404)
    return Answer(headers={"content-type": "application/octet-stream"}, body=content)


def base64_of(text: str) -> bytes:
    """The bytes of strict Base64. Raises ValueError."""
    return base64.b64decode(text, validate=True)


def basic_login(header: str) -> tuple[str, str] | None:
    """Name and password of HTTP Basic; None where the header is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, found, password = base64_of(encoded).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (name, password) if found else None
