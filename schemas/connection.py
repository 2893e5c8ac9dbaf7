"""One employer's link to one ATS account: vendor, credentials, trigger, policy; refused as a whole when wrong (R7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta, Struct

from schemas.complaints import told
from schemas.errors import ConfigError
from schemas.reticent import Reticent
from schemas.words import Trigger

_NAME_FORM: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)"
_URL_FORM: Final = r"^https?://[^\s/]+"
_FORMS: Final = {
    _NAME_FORM: "letters, digits, '.', '_' and '-', the first a letter or a digit",
    _URL_FORM: "an address such as https://host/path",
}
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=_NAME_FORM)]
Seconds = Annotated[int, Meta(ge=0, le=86_400)]


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an employer may choose, each with its default (docs/rules.md, marks [D])."""

    past_gate: Literal["hold", "sync"] = "hold"
    passive_evidence: Literal["required", "status"] = "required"
    settle_seconds: Seconds = 60
    missing_email: Literal["hold", "placeholder"] = "hold"
    missing_last_name: Annotated[str, Meta(max_length=50)] = "-"
    require_phone: bool = False
    rejected: Literal["skip", "sync"] = "skip"
    redirect_mode: bool = False
    backfill_on_link: Literal["preview", "auto", "never"] = "preview"
    update_policy: Literal["engaged_only", "material", "never"] = "engaged_only"
    assessment_wait_seconds: Seconds = 300


class ConnectionSpec(Reticent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of the file `connection apply` reads. Credentials are hidden in repr."""

    shown = ("name", "vendor", "trigger")

    name: Name
    employer_id: Annotated[str, Meta(min_length=1, max_length=200)]
    vendor: Name
    base_url: Annotated[str, Meta(pattern=_URL_FORM, max_length=500)] | None = None
    credentials: dict[str, str]
    trigger: Trigger
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A connection as in force. `trigger_since`: when the trigger became what it is (A19); None: from the start."""

    name: str
    employer_id: str
    vendor: str
    trigger: Trigger
    policy: Policy = field(default_factory=Policy)
    policy_version: int = 1
    trigger_since: datetime | None = None
    base_url: str | None = None
    healthy: bool = True


def parse_specs(data: bytes) -> list[ConnectionSpec]:
    """The connections of one file. Raises ConfigError naming every faulty entry at once; never quotes a value."""
    try:
        entries: list[Any] = msgspec.json.decode(data, type=list[Any])
    except (msgspec.DecodeError, RecursionError) as exc:
        raise ConfigError(f"not a JSON list of connections: {exc}") from None
    specs: list[ConnectionSpec] = []
    faults: list[str] = []
    for number, entry in enumerate(entries):
        try:
            specs.append(msgspec.convert(entry, ConnectionSpec))
        except msgspec.ValidationError as exc:
            faults.append(f"connection {_label(entry, number)}: {_told(exc)}")
    faults += _repeated(specs)
    if faults:
        raise ConfigError("; ".join(faults))
    return specs


def _label(entry: object, number: int) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    return repr(name) if isinstance(name, str) else f"number {number + 1}"


def _told(exc: msgspec.ValidationError) -> str:
    path, words = told(exc, _FORMS)
    field = path.removeprefix("$.")
    if "Invalid enum value" in words:
        words = f"must be {' or '.join(_allowed(field)) or 'one of the allowed values'}"
    return f"{field}: {words}"


def _allowed(path: str) -> tuple[str, ...]:
    """The words a field may have, such as those of `policy.past_gate`; () where it is not a choice of words."""
    kind: Any = ConnectionSpec
    for name in path.split("."):
        kind = get_type_hints(kind).get(name) if isinstance(kind, type) else None
    return tuple(str(word) for word in get_args(kind))


def _repeated(specs: Sequence[ConnectionSpec]) -> list[str]:
    faults = []
    for what in ("name", "employer_id"):
        values = [getattr(spec, what) for spec in specs]
        twice = sorted({value for value in values if values.count(value) > 1})
        faults += [f"{what} {value!r} is used by more than one connection" for value in twice]
    return faults


def as_connection(spec: ConnectionSpec) -> Connection:
    """The connection a spec describes, as if it had been in force from the start."""
    return Connection(
        name=spec.name,
        employer_id=spec.employer_id,
        vendor=spec.vendor,
        trigger=spec.trigger,
        policy=spec.policy,
        base_url=spec.base_url,
    )
