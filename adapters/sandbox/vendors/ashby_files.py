"""Ashby's files: a handle is asked for, the bytes go to a presigned address, and the handle is used once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.sandbox.multipart import Part, parts_of
from adapters.sandbox.shape import choice, integer, record, text
from adapters.sandbox.store import Upload
from adapters.sandbox.vendors.ashby_words import failed, invalid, success
from adapters.sandbox.wire import Answer

if TYPE_CHECKING:
    from adapters.sandbox.vendor import Call

_MAX_FILE_BYTES: Final = 50_000_000
_UPLOAD_LIVES: Final = timedelta(minutes=10)

_NEW_HANDLE: Final = record(
    {
        "fileUploadContext": choice("ApplicationForm", "CandidateFiles", "CandidateResume"),
        "filename": text(),
        "contentType": text(),
        "contentLength": integer(),
    },
    {},
)


@dataclass(slots=True)
class _Handle:
    """A file on its way: asked for, uploaded, then used once."""

    name: str
    content_type: str
    size: int
    context: str
    until: datetime
    content: bytes | None = None


def create_handle(call: Call) -> Answer:
    given = call.checked(_NEW_HANDLE, invalid)
    limit = call.account.rules.max_attachment_bytes
    if not 0 < given["contentLength"] <= (_MAX_FILE_BYTES if limit is None else limit):
        raise failed("invalid_input", "contentLength is too large")
    token = secrets.token_hex(12)
    _handles(call)[token] = _Handle(
        name=given["filename"],
        content_type=given["contentType"],
        size=given["contentLength"],
        context=given["fileUploadContext"],
        until=call.at + _UPLOAD_LIVES,
    )
    url = f"{call.request.base_url}/_uploads/{token}"
    return success({"handle": token, "url": url, "fields": {"key": token, "Content-Type": given["contentType"]}})


def receive(call: Call) -> Answer:
    """The storage behind the presigned address: another server, with another way of saying no."""
    handle = _handles(call).get(call.args["token"])
    if "authorization" in call.request.headers:
        return _storage_says("InvalidArgument: only one auth mechanism allowed", 400)
    if handle is None or handle.until < call.at:
        return _storage_says("AccessDenied: policy expired", 403)
    try:
        parts = parts_of(call.request.headers.get("content-type", ""), call.request.body)
    except ValueError:
        return _storage_says("MalformedPOSTRequest", 400)
    return _stored(call, handle, parts)


def _stored(call: Call, handle: _Handle, parts: list[Part]) -> Answer:
    fields = {part.name: part.text for part in parts[:-1] if part.file_name is None}
    if not parts or parts[-1].name != "file" or fields.get("key") != call.args["token"]:
        return _storage_says("InvalidArgument: the fields first, the file last", 400)
    if fields.get("Content-Type") != handle.content_type or len(parts[-1].content) != handle.size:
        return _storage_says("AccessDenied: policy condition failed", 403)
    handle.content = parts[-1].content
    return Answer(status=204)


def used(call: Call, token: str, context: str) -> Upload:
    """The uploaded file of a handle, which is gone afterwards."""
    handle = _handles(call).get(token)
    if handle is None or handle.content is None or handle.context != context:
        raise failed("file_not_found", "The file handle was not found or nothing was uploaded")
    del _handles(call)[token]
    return Upload(name=handle.name, content_type=handle.content_type, content=handle.content)


def _handles(call: Call) -> dict[str, _Handle]:
    handles: dict[str, _Handle] = call.account.memory.setdefault("handles", {})
    return handles


def _storage_says(words: str, status: int) -> Answer:
    return Answer(status=status, headers={"content-type": "application/xml"}, body=f"<Error>{words}</Error>".encode())
