"""Writes each read topic's JSON Schema into `schemas/json/`: `python -m schemas.json_files`; a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.events import TOPICS

DIRECTORY: Final = Path(__file__).parent / "json"


def rendered() -> Mapping[str, bytes]:
    """File name -> content, as it must lie in `DIRECTORY`."""
    return {
        f"{topic}.json": msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2) + b"\n"
        for topic, schema in json_schemas().items()
    }


def json_schemas() -> dict[str, dict[str, Any]]:
    """One JSON Schema (2020-12) per topic we read: what `schemas/json/` holds."""
    return {
        topic: {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
        for topic, kind in TOPICS.items()
    }


def write(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for name, content in rendered().items():
        (directory / name).write_bytes(content)


if __name__ == "__main__":
    write(DIRECTORY)
