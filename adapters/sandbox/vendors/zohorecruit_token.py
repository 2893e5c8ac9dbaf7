"""Zoho's accounts server: a refresh token that stays, access tokens of an hour, refusals with HTTP 200."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.sandbox.vendors.zohorecruit_words import refusal
from adapters.sandbox.wire import Answer, Refused, as_json, form_of

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

CLIENT_ID: Final = "sandbox-client-zohorecruit"
CLIENT_SECRET: Final = "sandbox-secret-zohorecruit"  # noqa: S105 - accepted by the sandbox only
REFRESH_TOKEN: Final = "sandbox-refresh-zohorecruit"  # noqa: S105 - accepted by the sandbox only
_MOST: Final = 10
_WINDOW: Final = timedelta(minutes=10)
_SCHEMES: Final = frozenset({"Zoho-oauthtoken", "Bearer"})


def issue(call: Call) -> Answer:
    """Parameters in the query, as the vendor shows it, or as a form."""
    try:
        given = {**form_of(call.request.body), **dict(call.request.query)}
    except ValueError:
        return as_json({"error": "invalid_request"})
    if given.get("grant_type") != "refresh_token":
        return as_json({"error": "unsupported_grant_type"})
    names = ("client_id", "client_secret")
    if any(given.get(name) != call.credential(name) for name in names):
        return as_json({"error": "invalid_client"})
    if call.account.rules.revoked or given.get("refresh_token") != call.credential("refresh_token"):
        return as_json({"error": "invalid_code"})
    return _blocked() if _too_often(call) else _issued(call)


def authenticate(call: Call) -> None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    if scheme not in _SCHEMES:
        raise Refused(refusal(401, "AUTHENTICATION_FAILURE", "Authentication failed"))
    until = call.account.memory.setdefault("tokens", {}).get(token)
    if until is None or until <= call.at or call.account.rules.revoked:
        raise Refused(refusal(401, "INVALID_TOKEN", "invalid oauth token"))


def _issued(call: Call) -> Answer:
    token, lives_s = f"1000.{secrets.token_hex(16)}", call.account.rules.token_ttl_s
    tokens: dict[str, datetime] = call.account.memory.setdefault("tokens", {})
    tokens[token] = call.at + timedelta(seconds=lives_s)
    return as_json(
        {
            "access_token": token,
            "api_domain": "https://www.zohoapis.com",
            "token_type": "Bearer",
            "expires_in": int(lives_s),
        }
    )


def _too_often(call: Call) -> bool:
    """Ten tokens in ten minutes, then none for the rest of them."""
    recent: list[datetime] = [at for at in call.account.memory.get("grants", ()) if at > call.at - _WINDOW]
    call.account.memory["grants"] = recent
    if len(recent) >= _MOST:
        return True
    recent.append(call.at)
    return False


def _blocked() -> Answer:
    words = "You have made too many requests continuously. Please try again after some time."
    return as_json({"error": "Access Denied", "error_description": words, "status": "failure"}, 400)
