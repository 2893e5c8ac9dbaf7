"""The ways an ATS lets us in: fixed headers, Standard Webhooks signatures, OAuth grants. sessions.py logs in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

from adapters.base import Call, LogIn, Reply, Session
from adapters.body import document, document_or_none, text_at, text_field
from adapters.status import require_success
from schemas.errors import ConfigError, DeliveryError, Permanent, Transient, Unauthorized
from schemas.journal import Kept

_SECRET_BYTES: Final = 24  # Standard Webhooks 1.0 asks for 24 to 64 bytes; its own examples have fewer
_DEFAULT_LIFE_S: Final = 3600.0
_MAX_LIFE_S: Final = 30 * 86_400.0
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def fingerprint_of(*parts: str | None) -> str:
    return hashlib.sha256("\0".join(part or "" for part in parts).encode()).hexdigest()


def basic(user: str, password: str = "") -> str:
    """The value of an Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedHeaders:
    """An API key or a ready token: the same headers on every call, nothing to log in with."""

    values: Mapping[str, str] = field(repr=False)

    def headers(self, call: Call, session: Session | None, at: datetime) -> Mapping[str, str]:  # noqa: ARG002 - Auth's shape
        return self.values

    def log_in(self, before: Session | None, at: datetime) -> LogIn | None:  # noqa: ARG002 - Auth's shape
        return None

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(*self.values.values())


def bearer(token: str) -> FixedHeaders:
    return FixedHeaders(values={"Authorization": f"Bearer {token}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardWebhooks:
    """Signs `id.timestamp.body` with HMAC-SHA256 (Standard Webhooks 1.0, its specification read 2026-11).

    The call must carry `webhook-id`, the same on every attempt: receivers use it to drop repeats. The timestamp is
    the attempt's own. Raises ConfigError where the secret is not `whsec_` and base64.
    """

    secret: str = field(repr=False)

    def __post_init__(self) -> None:
        self._key()

    def headers(self, call: Call, session: Session | None, at: datetime) -> Mapping[str, str]:  # noqa: ARG002 - Auth's shape
        timestamp = str(int(at.timestamp()))
        signed = f"{call.headers['webhook-id']}.{timestamp}.".encode() + call.body
        signature = base64.b64encode(hmac.digest(self._key(), signed, "sha256")).decode()
        return {"webhook-timestamp": timestamp, "webhook-signature": f"v1,{signature}"}

    def log_in(self, before: Session | None, at: datetime) -> LogIn | None:  # noqa: ARG002 - Auth's shape
        return None

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.secret)

    @property
    def is_long_enough(self) -> bool:
        return len(self._key()) >= _SECRET_BYTES

    def _key(self) -> bytes:
        try:
            key = base64.b64decode(self.secret.removeprefix("whsec_"), validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not self.secret.startswith("whsec_") or not key:
            raise ConfigError("webhook: credentials.secret must be whsec_ followed by base64")
        return key


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """RFC 6749 client-credentials or refresh-token grant; the token goes out as `Authorization: Bearer`.

    With a refresh token, the newest one the ATS gave is used, else the configured one. `follow_base` names the reply
    field that says where this account's API is (sessions.py decides whether to go there). `busy`: refusals that mean
    too many log-ins, not wrong credentials.
    """

    token_url: str
    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    client_in: Literal["header", "form"] = "header"
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    follow_base: str | None = None
    scheme: str = "Bearer"
    busy: Mapping[str, float] = field(default_factory=dict)  # the code of the refusal, and how long it lasts in seconds

    def headers(self, call: Call, session: Session | None, at: datetime) -> Mapping[str, str]:  # noqa: ARG002 - Auth's shape
        if session is None:
            raise Unauthorized("not logged in")
        return {"Authorization": f"{self.scheme} {session.token}"}

    def log_in(self, before: Session | None, at: datetime) -> LogIn | None:
        return self._log_in((before and before.refresh_token) or self.refresh_token, at)

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.token_url, self.client_id, self.client_secret, self.refresh_token)

    def _log_in(self, refresh_token: str | None, at: datetime) -> LogIn:
        got = yield self._grant(refresh_token)
        return Session(
            token=got["token"],
            refresh_token=got.get("refresh_token") or refresh_token,
            expires_at=_end_of(got, at),
            base_url=got.get("base_url"),
        )

    def _grant(self, refresh_token: str | None) -> Call:
        form = dict(self.form)
        if refresh_token is None:
            form["grant_type"] = "client_credentials"
        else:
            form |= {"grant_type": "refresh_token", "refresh_token": refresh_token}
        headers = dict(_FORM)
        if self.client_in == "header":
            headers["Authorization"] = basic(self.client_id, self.client_secret)
        else:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return Call(
            step="log in",
            method="POST",
            path=self.token_url,
            headers=headers,
            body=urlencode(form).encode(),
            read=self._granted,
            signed=False,
        )

    def _granted(self, reply: Reply) -> Kept:
        refused = text_at(document_or_none(reply), "error")
        if refused is not None and refused in self.busy:
            raise Transient(f"{reply.step}: too many log-ins", retry_after_s=self.busy[refused])
        require_grant(reply)
        if refused is not None:  # some vendors refuse a grant with a 200
            raise Unauthorized(f"{reply.step}: the ATS refused the grant (HTTP {reply.status})")
        granted = document(reply)
        kept = {"token": token_field(reply, "access_token"), "life_s": str(_life_s(granted))}
        told = (("refresh_token", "refresh_token"), ("expires_at", "expires_at"), ("base_url", self.follow_base))
        for name, key in told:
            value = text_at(granted, key) if key else None
            if value:
                kept[name] = value
        return kept


def token_field(reply: Reply, name: str) -> str:
    """Raises Transient where no header could carry it: nothing is sent then."""
    token = text_field(reply, name)
    if not token.isprintable():
        raise Transient(f"{reply.step}: HTTP {reply.status} with a token that cannot be sent")
    return token


def require_grant(reply: Reply) -> None:
    """A refused grant (RFC 6749 section 5.2: 400 or 401 with an error code): a person must renew the connection."""
    try:
        require_success(reply)
    except Unauthorized:
        raise Unauthorized(f"{reply.step}: the ATS refused the credentials (HTTP {reply.status})") from None
    except Permanent:
        raise Unauthorized(f"{reply.step}: the ATS refused the grant (HTTP {reply.status})") from None
    except Transient as exc:
        raise Transient(str(exc), retry_after_s=exc.retry_after_s) from None
    except DeliveryError as exc:
        raise Transient(str(exc)) from None


def _life_s(granted: Any) -> float:
    try:
        return min(_MAX_LIFE_S, max(0.0, float(text_at(granted, "expires_in") or _DEFAULT_LIFE_S)))
    except ValueError:
        return _DEFAULT_LIFE_S


def _end_of(got: Kept, at: datetime) -> datetime:
    """By the life told in seconds, or at an instant told beside it (Greenhouse's `expires_at`) where that is sooner.

    An instant that is past already tells of a clock that is wrong, not of a token that is useless.
    """
    end = at + timedelta(seconds=float(got["life_s"]))
    try:
        told = datetime.fromisoformat(got.get("expires_at", ""))
    except ValueError:
        return end
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return min(end, told) if told > at else end


def token_address(configured: str, base_url: str, *, vendors: str, path: str) -> str:
    """Where to log in: as configured; the vendor's own address for its own hosts; else below the base (a mock)."""
    ours = ".".join((urlsplit(vendors).hostname or "").rsplit(".", 2)[-2:])
    host = urlsplit(base_url).hostname or ""
    if configured:
        return configured
    return vendors if host == ours or host.endswith(f".{ours}") else f"{base_url.rstrip('/')}{path}"
