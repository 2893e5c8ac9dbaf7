"""The one Settings: read once from the environment, checked as a whole, every fault reported together."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from schemas.complaints import told
from schemas.errors import ConfigError

PREFIX: Final = "ATS_SYNC_"

Positive = Annotated[int, Meta(ge=1)]
Natural = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Port = Annotated[int, Meta(ge=0, le=65_535)]

_KAFKA_FORM: Final = r"^kafka://[^\s]+$"
_DATABASE_FORM: Final = r"^postgres(ql)?://"
_PUBLIC_FORM: Final = r"^(https?://[^\s/?#@]+/?)?$(?!\n)"
_FORMS: Final = {
    _KAFKA_FORM: "kafka://host:port[;host:port...]",
    _DATABASE_FORM: "postgresql://user:password@host:port/name",
    _PUBLIC_FORM: "https://host[:port], without a path",
}
_SECRET: Final = frozenset({"secret_key", "database_url"})


class Settings(Struct, frozen=True, kw_only=True):
    """Each field is `ATS_SYNC_<FIELD>` in the environment; `docs/configuration.md` lists them with their defaults."""

    # where the others are
    kafka_url: Annotated[str, Meta(pattern=_KAFKA_FORM)] = "kafka://127.0.0.1:9092"
    database_url: Annotated[str, Meta(pattern=_DATABASE_FORM)] = "postgresql://127.0.0.1:5432/ats_sync"
    secret_key: str = ""  # 32 bytes, URL-safe base64: encrypts credentials at rest; `ats-sync secret-key` makes one
    state_dir: str = ""  # Faust's working directory; empty: a folder under the system's temporary one

    # ingest
    consumer_group: Annotated[str, Meta(min_length=1)] = "ats-sync"
    group_instance_id: str = ""  # static membership: a stable name per process, so that a restart moves no partition
    session_timeout_s: Seconds = 20.0
    rebalance_timeout_s: Seconds = 30.0
    commit_interval_s: Seconds = 1.0
    batch_events: Positive = 500
    audit_interval_s: Seconds = 10.0
    sweep_interval_s: Seconds = 1.0
    event_bytes: Positive = 2_000_000
    transcript_turns: Positive = 2_000
    status_history: Positive = 1_000
    surge_per_hour: Positive = 1_000  # creates per connection and hour before the surge brake holds
    backfill_max_applications: Natural = 200
    backfill_max_days: Natural = 30

    # deliver
    deliver_slots: Positive = 64  # deliveries in flight per process: enough that 10 of 100 hanging ATS leave some free
    http_timeout_s: Seconds = 30.0
    upload_timeout_s: Seconds = 60.0  # bodies over 2 MB
    connect_timeout_s: Seconds = 5.0
    lease_s: Seconds = 90.0
    settle_s: float | None = None  # overrides every vendor's own; for tests and the demo
    look_interval_s: Seconds = 5.0  # between the two looks that prove a step absent
    retry_scale: Annotated[float, Meta(gt=0, le=1)] = 1.0  # shrinks the retry schedule; for tests and the demo
    rate_scale: Annotated[float, Meta(gt=0, le=1_000)] = (
        1.0  # multiplies every vendor's own rate; for tests and the demo
    )
    stop_grace_s: Seconds = 35.0
    keep_artifacts_s: Natural = 0  # how long a delivered PDF stays in the ledger

    # render
    chromium: str = ""  # path of the executable; empty: Playwright's own, else the system's
    chromium_sandbox: bool = True  # False only where the kernel or root forbids it: see docs/profile.md
    render_slots: Annotated[int, Meta(ge=1, le=16)] = 3
    render_deadline_s: Seconds = 10.0
    resume_bytes: Positive = 25_000_000
    resume_hosts: str = ""  # comma list of hosts a resume may be fetched from; empty: none

    # the PDFs that an ATS fetches by a link
    public_url: Annotated[str, Meta(pattern=_PUBLIC_FORM)] = ""  # empty: no links
    files_host: str = "127.0.0.1"
    files_port: Port = 8081

    # health, metrics, logs
    http_host: str = "127.0.0.1"
    http_port: Port = 8080
    stuck_after_s: Seconds = 120.0  # liveness: lag without a moving watermark for this long
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"

    # test switches: named crashes and removed safety mechanisms; refused unless ATS_SYNC_TESTING=true
    testing: bool = False
    failpoints: str = ""
    ablate: str = ""

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What rich draws, of which msgspec's own would show the secrets too."""
        return [(name, "***" if name in _SECRET else getattr(self, name)) for name in self.__struct_fields__]

    @property
    def allowed_resume_hosts(self) -> frozenset[str]:
        return frozenset(host.strip().lower() for host in self.resume_hosts.split(",") if host.strip())

    @property
    def working_dir(self) -> Path:
        return Path(self.state_dir) if self.state_dir else Path(tempfile.gettempdir()) / "ats-sync"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises ConfigError that names every fault and never a secret's value."""
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX)
    }
    kinds = get_type_hints(Settings, include_extras=True)
    faults = [f"{PREFIX}{name.upper()}: no such setting" for name in sorted(given.keys() - kinds.keys())]
    values: dict[str, Any] = {}
    for name in given.keys() & kinds.keys():
        try:
            values[name] = msgspec.convert(given[name], kinds[name], strict=False)
        except msgspec.ValidationError as exc:
            faults.append(f"{PREFIX}{name.upper()}: {told(exc, _FORMS)[1]}")
    settings = Settings(**values)
    faults += _relations(settings)
    if faults:
        raise ConfigError("; ".join(sorted(faults)))
    return settings


def _port_is_none(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:
        return True
    return False


def _relations(settings: Settings) -> list[str]:
    faults = []
    if _port_is_none(settings.database_url):
        faults.append(f"{PREFIX}DATABASE_URL: must be {_FORMS[_DATABASE_FORM]}")
    if settings.lease_s < 3 * settings.http_timeout_s:
        faults.append(f"{PREFIX}LEASE_S: must be at least 3 x {PREFIX}HTTP_TIMEOUT_S, or slow calls lose their claim")
    if settings.upload_timeout_s > settings.lease_s:
        faults.append(f"{PREFIX}UPLOAD_TIMEOUT_S: must not be above {PREFIX}LEASE_S")
    if settings.public_url.startswith("http:") and not settings.testing:
        faults.append(f"{PREFIX}PUBLIC_URL: must be https, for people's profiles are fetched from it")
    if settings.public_url and settings.files_port == settings.http_port != 0:
        faults.append(f"{PREFIX}FILES_PORT: must not be {PREFIX}HTTP_PORT, which is not for the public")
    if (settings.failpoints or settings.ablate) and not settings.testing:
        faults.append(f"{PREFIX}FAILPOINTS and {PREFIX}ABLATE break promises: they need {PREFIX}TESTING=true")
    return faults
