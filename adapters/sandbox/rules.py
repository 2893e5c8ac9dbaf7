"""How one account of the sandbox is set up: jobs, permissions, limits and lags, as a test wants them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """At most `limit` calls in each fixed window of `window_s`; the next one is the vendor's 429."""

    limit: Annotated[int, Meta(ge=1)]
    window_s: Annotated[float, Meta(gt=0, le=3600)] = 30.0


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `PUT /_sandbox/accounts/{account}` may change. None for `known_jobs`: every job id exists and is open."""

    known_jobs: tuple[str, ...] | None = None
    closed_jobs: tuple[str, ...] = ()
    revoked: bool = False
    credentials: dict[str, str] | None = None
    forbidden: tuple[str, ...] = ()
    site_admin: bool = True
    rate: Rate | None = None
    most_at_once: Annotated[int, Meta(ge=1)] | None = None
    max_attachment_bytes: Annotated[int, Meta(ge=0)] | None = None
    lookup_lag_s: Seconds = 0.0
    fresh_404_s: Seconds = 0.0
    token_ttl_s: Annotated[float, Meta(gt=0)] = 3600.0
    single_use_refresh: bool = False
    page_size: Annotated[int, Meta(ge=1)] | None = None
    refuses_repeats: bool = False
    source_name: str = "FactoryFix"
    confidential_jobs: tuple[str, ...] = ()

    def job_exists(self, job_id: str) -> bool:
        return self.known_jobs is None or job_id in self.known_jobs or job_id in self.closed_jobs
