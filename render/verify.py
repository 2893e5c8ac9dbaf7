"""Whether a profile is as it left us, and what it was made from: for `ats-sync pdf verify`."""

from __future__ import annotations

from dataclasses import dataclass

from render.manifest import read_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """`intact`: not a byte has changed since we made it. The other fields are empty when there is no manifest."""

    has_manifest: bool
    intact: bool
    application_id: str = ""
    content_sha256: str = ""
    template_version: str = ""
    model: str = ""
    engine: str = ""


def verify(pdf_bytes: bytes) -> Verification:
    """Reads the manifest without opening the PDF, so that a hostile file does no harm here. Never raises."""
    manifest, intact = read_manifest(pdf_bytes)
    return Verification(
        has_manifest=bool(manifest),
        intact=intact and bool(manifest),
        application_id=manifest.get("application", ""),
        content_sha256=manifest.get("content", ""),
        template_version=manifest.get("template", ""),
        model=manifest.get("model", ""),
        engine=manifest.get("engine", ""),
    )
