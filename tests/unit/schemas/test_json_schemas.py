"""schemas/json/ is what `python -m schemas.json_files` writes, and an outside judge reads it as we do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.events import TOPICS
from schemas.json_files import DIRECTORY, rendered, write
from schemas.words import JOB_STATES, SOURCES, STATUSES

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "events.jsonl"


def validator(topic: str) -> Any:
    schema = json.loads(rendered()[f"{topic}.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_files_are_current_and_no_others_lie_there() -> None:
    assert {path.name: path.read_bytes() for path in DIRECTORY.iterdir()} == dict(rendered())
    assert set(rendered()) == {f"{topic}.json" for topic in TOPICS}


def test_writing_makes_exactly_those_files(tmp_path: Path) -> None:
    write(tmp_path / "json")
    assert {path.name: path.read_bytes() for path in (tmp_path / "json").iterdir()} == dict(rendered())


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        ({"surprise": 1}, True),
        ({"assessment": {"rating": 4.5}}, True),
        ({"assessment": {"rating": None}}, True),
        ({"assessment": {"rating": 0}}, False),
        ({"assessment": {"rating": 4.2}}, False),
        ({"job": {}}, False),
        ({"application_id": ""}, False),
        ({"application_id": "a\n"}, False),
        ({"version": -1}, False),
    ],
)
def test_an_outside_judge_agrees(change: dict[str, Any], accepted: bool) -> None:  # noqa: FBT001
    value: dict[str, Any] = {
        "application_id": "a",
        "employer_id": "e",
        "job": {"id": "j"},
        "source": "direct",
        "candidate": {"id": "c"},
    }
    assert validator("applications").is_valid(value | change) is accepted


@pytest.mark.parametrize("line", EXAMPLES.read_text().splitlines(), ids=lambda line: json.loads(line)["key"])
def test_every_example_is_valid(line: str) -> None:
    record = json.loads(line)
    validator(record["topic"]).validate(record["payload"])


@pytest.mark.parametrize(
    ("topic", "field", "among"),
    [("applications", "source", SOURCES), ("candidate-status", "status", STATUSES), ("jobs", "state", JOB_STATES)],
)
def test_a54_a_producer_reads_the_words_of_a_closed_list(topic: str, field: str, among: frozenset[str]) -> None:
    schema = json.loads(rendered()[f"{topic}.json"])
    said = schema["$defs"][TOPICS[topic].__name__]["properties"][field]
    assert set(said["examples"]) == among
    assert all(word in said["description"] for word in among)
