"""Bullhorn's way in: a refresh token that works once, an access token of ten minutes, then a session."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from adapters.sandbox.wire import Answer, as_json, form_of

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

CLIENT_ID: Final = "sandbox-client-bullhorn"
CLIENT_SECRET: Final = "sandbox-secret-bullhorn"  # noqa: S105 - accepted by the sandbox only
REFRESH_TOKEN: Final = "sandbox-refresh-bullhorn"  # noqa: S105 - accepted by the sandbox only
CORP: Final = "e999"
_TOKEN_LIVES: Final = timedelta(minutes=10)
_KEYS: Final = {400: "errors.badRequest", 401: "errors.authentication.invalidRestToken", 404: "errors.notFound"}


def issue(call: Call) -> Answer:
    """Parameters in the query, as the vendor shows it, or as a form. A refresh token is good once."""
    try:
        given = {**form_of(call.request.body), **dict(call.request.query)}
    except ValueError:
        return as_json({"error": "invalid_request"}, 400)
    if given.get("grant_type") != "refresh_token":
        return as_json({"error": "unsupported_grant_type"}, 400)
    client = (given.get("client_id"), given.get("client_secret"))
    if client != (call.credential("client_id"), call.credential("client_secret")):
        return as_json({"error": "invalid_client"}, 400)
    good: set[str] = call.account.memory.setdefault("refresh_tokens", {call.credential("refresh_token")})
    if call.account.rules.revoked or given.get("refresh_token") not in good:
        return as_json(
            {"error": "invalid_grant", "error_description": "Invalid, expired, or revoked refresh token."}, 400
        )
    good.discard(given["refresh_token"])
    access_token, refresh_token = secrets.token_urlsafe(18), secrets.token_urlsafe(18)
    good.add(refresh_token)
    _lives(call, "tokens")[access_token] = call.at + _TOKEN_LIVES
    lives_s = int(_TOKEN_LIVES.total_seconds())
    return as_json(
        {"access_token": access_token, "token_type": "Bearer", "expires_in": lives_s, "refresh_token": refresh_token}
    )


def login(call: Call) -> Answer:
    until = _lives(call, "tokens").get(call.request.ask("access_token") or "")
    if until is None or until <= call.at or call.request.ask("version") is None or call.account.rules.revoked:
        raise call.refuse(400, "Invalid or expired OAuth access token.")
    token = secrets.token_hex(16)
    _lives(call, "sessions")[token] = call.at + timedelta(seconds=call.account.rules.token_ttl_s)
    return as_json({"BhRestToken": token, "restUrl": f"{call.request.base_url}/{CORP}/"})


def ping(call: Call) -> Answer:
    until = _lives(call, "sessions")[_token(call)]
    return as_json({"sessionExpires": int(until.timestamp() * 1000)})


def authenticate(call: Call) -> None:
    """412 without a session token, 401 with one that is none or no longer."""
    token = _token(call)
    if not token:
        raise call.refuse(412, "BhRestToken is missing")
    until = _lives(call, "sessions").get(token)
    if until is None or until <= call.at or call.account.rules.revoked:
        raise call.refuse(401, "Bad 'BhRestToken' or timed-out.")


def error(status: int, words: str) -> Answer:
    key = _KEYS.get(status, "errors.general")
    return as_json({"errorMessage": words or "error", "errorMessageKey": key, "errorCode": status}, status)


def _token(call: Call) -> str:
    """As a header, in the query or as a cookie."""
    return call.request.headers.get("bhresttoken") or call.request.ask("BhRestToken") or _cookie(call)


def _cookie(call: Call) -> str:
    try:
        found = SimpleCookie(call.request.headers.get("cookie", "")).get("BhRestToken")
    except CookieError:
        return ""
    return found.value if found else ""


def _lives(call: Call, what: str) -> dict[str, datetime]:
    found: dict[str, datetime] = call.account.memory.setdefault(what, {})
    return found
