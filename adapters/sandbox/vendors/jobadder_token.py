"""JobAdder's token endpoint: refresh tokens in, an hour's access token and the base URL to use out."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.sandbox.wire import Answer, Refused, as_json, form_of

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

CLIENT_ID: Final = "sandbox-client-jobadder"
CLIENT_SECRET: Final = "sandbox-secret-jobadder"  # noqa: S105 - accepted by the sandbox only
REFRESH_TOKEN: Final = "sandbox-refresh-jobadder"  # noqa: S105 - accepted by the sandbox only


def issue(call: Call) -> Answer:
    try:
        form = form_of(call.request.body)
    except ValueError:
        return _refusal("invalid_request")
    if form.get("grant_type") != "refresh_token":
        return _refusal("unsupported_grant_type")
    if (form.get("client_id"), form.get("client_secret")) != (
        call.credential("client_id"),
        call.credential("client_secret"),
    ):
        return _refusal("invalid_client")
    if call.account.rules.revoked or not _spend(call, form.get("refresh_token", "")):
        return _refusal("invalid_grant")
    return _issued(call)


def _spend(call: Call, refresh_token: str) -> bool:
    """Whether the refresh token is good; where the rules say single-use, it is not good twice."""
    good: set[str] = call.account.memory.setdefault("refresh_tokens", {call.credential("refresh_token")})
    if refresh_token not in good:
        return False
    if call.account.rules.single_use_refresh:
        good.discard(refresh_token)
    return True


def _issued(call: Call) -> Answer:
    access_token, refresh_token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    lives_s = call.account.rules.token_ttl_s
    tokens: dict[str, datetime] = call.account.memory.setdefault("tokens", {})
    tokens[access_token] = call.at + timedelta(seconds=lives_s)
    call.account.memory["refresh_tokens"].add(refresh_token)
    return as_json(
        {
            "access_token": access_token,
            "expires_in": int(lives_s),
            "token_type": "Bearer",
            "refresh_token": refresh_token,
            "api": call.request.base_url,
        }
    )


def authenticate(call: Call) -> None:
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    until = call.account.memory.setdefault("tokens", {}).get(token)
    if scheme != "Bearer" or until is None or until <= call.at or call.account.rules.revoked:
        raise Refused(Answer(status=401, headers={"www-authenticate": 'Bearer error="invalid_token"'}))


def _refusal(code: str) -> Answer:
    return as_json({"error": code}, 400)
