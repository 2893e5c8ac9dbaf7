"""Logs: allow-listed fields only, ours and the libraries'."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from app import log


@pytest.fixture(autouse=True)
def restored_logging() -> object:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.reset_defaults()


def test_a_field_that_is_not_listed_is_dropped() -> None:
    kept = log.keep_allowed(None, "", {"event": "claimed", "delivery_key": "k", "email": "ada@example.com"})
    assert "ada" not in json.dumps(kept)
    assert kept["delivery_key"] == "k"


def test_an_event_is_one_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(level="INFO", form="json")
    log.get("test").info("claimed", delivery_key="k")
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["delivery_key"], line["level"]) == ("claimed", "k", "info")


def test_a_librarys_arguments_and_formatted_text_stay_out(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(level="INFO", form="json")
    logging.getLogger("library").error("value %s", "ada@example.com")
    logging.getLogger("library").error("value ada@example.com")
    logging.getLogger("library").error("failed for %s", "Ada", exc_info=ValueError("ada@example.com"))
    text = capsys.readouterr().err
    assert "ada" not in text.lower()
    assert [json.loads(line)["logger"] for line in text.splitlines()] == ["library"] * 3
