"""Greenhouse's token endpoint and the check of its tokens: client credentials by HTTP Basic, bearer afterwards."""

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
    if form["grant_type"] != "client_credentials":
        return as_json({"message": f"grant_type={form['grant_type']} is invalid, please use one of: {_GRANTS}"}, 400)
    if call.account.rules.revoked or given != (call.credential("client_id"), call.credential("client_secret")):
        return as_json({"error": "invalid_client"}, 401)
    return _issued(call)


def _issued(call: Call) -> Answer:
    token, lives_s = secrets.token_urlsafe(24), call.account.rules.token_ttl_s
    until = call.at + timedelta(seconds=lives_s)
    tokens: dict[str, datetime] = call.account.memory.setdefault("tokens", {})
    tokens[token] = until
    return as_json(
        {"access_token": token, "token_type": "Bearer", "expires_in": int(lives_s), "expires_at": until.isoformat()}
    )


def authenticate(call: Call) -> None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    until = call.account.memory.setdefault("tokens", {}).get(token)
    if scheme != "Bearer" or until is None:
        raise Refused(call.vendor.error(401, "Token could not be decoded."))
    if until <= call.at:
        raise Refused(call.vendor.error(401, "Token has expired."))
    if call.account.rules.revoked:
        raise Refused(call.vendor.error(401, "Token has been revoked."))
