"""docs/asyncapi.yaml says what the code does: topics, keys and payload schemas, with every reference resolvable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.events import TOPICS as DECODED
from streams.topics import CO_PARTITIONED, SOURCE_TOPICS, TOPICS

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8"))


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if "$ref" in value else [])
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolved(document: Any, reference: str) -> Any:
    for part in reference.removeprefix("#/").split("/"):
        document = document[part]
    return document


def test_every_topic_is_a_channel_and_no_other(document: Any) -> None:
    assert document["asyncapi"].startswith("3.")
    assert {channel["address"] for channel in document["channels"].values()} == {topic.name for topic in TOPICS}


def test_every_reference_leads_somewhere(document: Any) -> None:
    found = list(references(document))
    assert found
    for reference in found:
        if reference.startswith("#/"):
            assert resolved(document, reference)
        else:
            assert (ROOT / "docs" / reference).is_file()


def test_every_topic_we_read_names_its_generated_schema_and_its_key(document: Any) -> None:
    for topic in TOPICS:
        (channel,) = [item for item in document["channels"].values() if item["address"] == topic.name]
        (link,) = channel["messages"].values()
        message = resolved(document, link["$ref"])
        assert topic.keyed_by in message["bindings"]["kafka"]["key"]["description"]
        if topic.direction == "in":
            assert message["payload"]["schema"]["$ref"] == f"../schemas/json/{topic.name}.json"


def test_operations_receive_what_we_read_and_send_what_we_write(document: Any) -> None:
    done = {
        (item["action"], resolved(document, item["channel"]["$ref"])["address"])
        for item in document["operations"].values()
    }
    assert done == {("receive" if topic.direction == "in" else "send", topic.name) for topic in TOPICS}


def test_r15_the_status_topic_is_only_read() -> None:
    assert set(SOURCE_TOPICS) == set(DECODED)
    assert set(CO_PARTITIONED) <= set(SOURCE_TOPICS)
    assert {topic.name for topic in TOPICS if topic.direction == "out"} == {"ats-sync-results", "ats-sync-dead-letters"}
    keys = {topic.name: topic.keyed_by for topic in TOPICS}
    assert len({keys[name] for name in CO_PARTITIONED}) == 1
