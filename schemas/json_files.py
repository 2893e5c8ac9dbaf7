"""Writes each read topic's JSON Schema into `schemas/json/`: `python -m schemas.json_files`; a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from schemas.events import json_schemas

DIRECTORY: Final = Path(__file__).parent / "json"


def rendered() -> Mapping[str, bytes]:
    """File name -> content, as it must lie in `DIRECTORY`."""
    return {
        f"{topic}.json": msgspec.json.format(msgspec.json.encode(schema, order="deterministic"), indent=2) + b"\n"
        for topic, schema in json_schemas().items()
    }


def write(directory: Path) -> None:
    directory.mkdir(exist_ok=True)
    for name, content in rendered().items():
        (directory / name).write_bytes(content)


if __name__ == "__main__":
    write(DIRECTORY)
