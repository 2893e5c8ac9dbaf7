"""Greenhouse's token endpoint: HTTP Basic, then client credentials, or a partner's refresh token that works once.

Partners: harvestdocs.greenhouse.io/docs/harvest-partner-oauth (read 2026-11): access tokens live an hour, refresh
tokens a day. Third-party (Airbyte's source-greenhouse, 2026): each refresh token works once, refusals are {error}.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.sandbox.vendor import basic_login
from adapters.sandbox.wire import Answer, Refused, as_json, form_of

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

CLIENT_ID: Final = "sandbox-client-greenhouse"
CLIENT_SECRET: Final = "sandbox-secret-greenhouse"  # noqa: S105 - accepted by the sandbox only
REFRESH_TOKEN: Final = "sandbox-refresh-greenhouse"  # noqa: S105 - accepted by the sandbox only
_REFRESH_LIFE: Final = timedelta(hours=24)
_GRANTS: Final = (
    "authorization_code, refresh_token, client_credentials, urn:ietf:params:oauth:grant-type:token-exchange"
)


def issue(call: Call) -> Answer:
    """The refusals are of three shapes, as measured in the source: {message, errorId}, {error} and {message}."""
    given = basic_login(call.request.headers.get("authorization", ""))
    if given is None:
        return as_json({"message": "Unauthorized", "errorId": "err-sandbox"}, 401)
    try:
        form = form_of(call.request.body)
    except ValueError:
        form = {}
    if "grant_type" not in form:
        return as_json({"message": "Must include `grant_type` parameter in /token request"}, 400)
    if form["grant_type"] not in ("client_credentials", "refresh_token"):
        return as_json({"message": f"grant_type={form['grant_type']} is invalid, please use one of: {_GRANTS}"}, 400)
    if call.account.rules.revoked or given != (call.credential("client_id"), call.credential("client_secret")):
        return as_json({"error": "invalid_client"}, 401)
    if form["grant_type"] == "refresh_token":
        return _refreshed(call, form.get("refresh_token", ""))
    return _issued(call, {})


def _refreshed(call: Call, refresh_token: str) -> Answer:
    first = call.credential("refresh_token") or REFRESH_TOKEN
    good: dict[str, datetime] = call.account.memory.setdefault("refresh_tokens", {first: call.at + _REFRESH_LIFE})
    until = good.pop(refresh_token, None)
    if until is None or until <= call.at:
        return as_json({"error": "invalid_grant"}, 400)
    following = secrets.token_urlsafe(24)
    good[following] = call.at + _REFRESH_LIFE
    return _issued(call, {"refresh_token": following})


def _issued(call: Call, more: dict[str, str]) -> Answer:
    token, lives_s = secrets.token_urlsafe(24), call.account.rules.token_ttl_s
    until = call.at + timedelta(seconds=lives_s)
    tokens: dict[str, datetime] = call.account.memory.setdefault("tokens", {})
    tokens[token] = until
    return as_json({"access_token": token, "token_type": "Bearer", "expires_at": until.isoformat(), **more})


def authenticate(call: Call) -> None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    until = call.account.memory.setdefault("tokens", {}).get(token)
    if scheme != "Bearer" or until is None:
        raise Refused(call.vendor.error(401, "Token could not be decoded."))
    if until <= call.at:
        raise Refused(call.vendor.error(401, "Token has expired."))
    if call.account.rules.revoked:
        raise Refused(call.vendor.error(401, "Token has been revoked."))
