"""The page to look at what arrived: accounts, people, files that open, faults and the request log. No scripts."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from adapters.sandbox.report import totals
from adapters.sandbox.wire import Answer
from schemas.codec import decode

if TYPE_CHECKING:
    from adapters.sandbox.store import Account, Attachment, Candidate
    from adapters.sandbox.wire import Request
    from adapters.sandbox.world import World

_TEMPLATES: Final = Path(__file__).parent / "templates"
_SAFE: Final = MappingProxyType(
    {
        "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
)
_PER_PAGE: Final = 50
_LATEST: Final = 40
_SHOWN_BODY_CHARS: Final = 20_000


def answer(world: World, request: Request) -> Answer:
    """One page, style sheet or file; 404 for anything else."""
    parts = request.path.split("/") if request.path else []
    if request.method not in ("GET", "HEAD"):
        return _html("missing.html", {"what": "Only GET is answered here."}, 405)
    match parts:
        case []:
            return _index(world)
        case ["style.css"]:
            return Answer(headers={**_SAFE, "content-type": "text/css; charset=utf-8"}, body=_style())
        case ["accounts", vendor, name, *rest]:
            return _on_account(world, f"{vendor}/{name}", rest, request)
        case ["requests", number] if number.isdecimal():
            return _request(world, int(number))
        case _:
            return _missing()


def _index(world: World) -> Answer:
    accounts = sorted(world.accounts.values(), key=lambda one: (one.vendor, one.name))
    rows = [{"account": one, "title": world.vendors[one.vendor].title, **totals(one)} for one in accounts]
    sums: Counter[str] = sum((Counter(totals(one)) for one in accounts), Counter())
    return _html(
        "index.html",
        {
            "rows": rows,
            "sums": sums,
            "faults": _fault_lines(world.faults.report()),
            "requests": _latest(world, None),
            "vendors": world.vendors,
        },
    )


def _fault_lines(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"account": name, "plan": plan, "fired": fired[number] if number < len(fired) else {}}
        for name, plans in report["plans"].items()
        for fired in [report["fired"].get(name, [])]
        for number, plan in enumerate(plans)
    ]


def _on_account(world: World, key: str, rest: list[str], request: Request) -> Answer:
    account = world.accounts.get(key)
    match rest:
        case [] if account is not None:
            return _account(world, account, request)
        case ["files", file_id] if account is not None:
            return _file(world, account, file_id)
        case _:
            return _missing()


def _account(world: World, account: Account, request: Request) -> Answer:
    given = request.ask("page") or "1"
    number = max(1, int(given)) if given.isdecimal() else 1
    people = list(reversed(account.candidates.values()))
    shown = people[(number - 1) * _PER_PAGE : number * _PER_PAGE]
    return _html(
        "account.html",
        {
            "account": account,
            "title": world.vendors[account.vendor].title,
            "totals": totals(account),
            "people": [_person(account, one) for one in shown],
            "number": number,
            "pages": max(1, -(-len(people) // _PER_PAGE)),
            "requests": _latest(world, account.name),
        },
    )


def _person(account: Account, candidate: Candidate) -> dict[str, Any]:
    applications = [{"row": row, "files": account.files_of(row.id)} for row in account.applications_of(candidate.id)]
    loose = [file for file in account.files_of(candidate.id) if file.application_id is None]
    return {"row": candidate, "applications": applications, "files": loose}


def _file(world: World, account: Account, file_id: str) -> Answer:
    """A PDF opens in the browser; anything else is only ever downloaded."""
    row = account.attachments.get(file_id)
    content = None if row is None else world.blobs.get(row.sha256)
    if row is None or content is None:
        return _missing()
    pdf = content.startswith(b"%PDF-")
    headers = {
        **_SAFE,
        "content-type": "application/pdf" if pdf else "application/octet-stream",
        "content-disposition": _disposition(row, inline=pdf),
    }
    return Answer(headers=headers, body=content)


def _disposition(row: Attachment, *, inline: bool) -> str:
    return f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(row.name, safe='')}"


def _request(world: World, number: int) -> Answer:
    line = next(world.received.lines(since=number - 1), None)
    entry = None if line is None else decode(line)
    if entry is None or entry["n"] != number:
        return _missing()
    body = entry["body"]
    text = body if isinstance(body, str) else "\n".join(f"{name}: {value}" for name, value in body.items())
    return _html(
        "request.html", {"entry": entry, "body": text[:_SHOWN_BODY_CHARS], "cut": len(text) > _SHOWN_BODY_CHARS}
    )


def _latest(world: World, account: str | None) -> list[Any]:
    return [decode(line) for line in world.received.latest(_LATEST, account=account)]


def _missing() -> Answer:
    return _html("missing.html", {"what": "There is nothing here."}, 404)


def _html(template: str, values: dict[str, Any], status: int = 200) -> Answer:
    text = _environment().get_template(template).render(values)
    return Answer(
        status=status, headers={**_SAFE, "content-type": "text/html; charset=utf-8"}, body=text.encode("utf-8")
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["segment"] = lambda text: quote(str(text), safe="")
    return environment


@lru_cache(maxsize=1)
def _style() -> bytes:
    return (_TEMPLATES / "style.css").read_bytes()
