"""One digest over everything a document shows: what `verify` and a second rendering compare."""

from __future__ import annotations

import hashlib
from dataclasses import fields

import msgspec

from render.view import ProfileView


def content_digest(view: ProfileView) -> str:
    """SHA-256 over the view in a fixed order of fields; independent of process, day and machine."""
    shown = {one.name: getattr(view, one.name) for one in fields(view)}
    return hashlib.sha256(msgspec.json.encode(shown, order="deterministic")).hexdigest()
