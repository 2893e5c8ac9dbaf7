"""What hides in repr hides where rich draws it, too: msgspec has rich draw every field."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from msgspec import Struct
from rich.pretty import pretty_repr

import app
import render
import schemas
from app.settings import Settings
from schemas.connection import ConnectionSpec
from schemas.events import Assessment, Candidate


def _structs(of: type[Struct] = Struct) -> Iterator[type[Struct]]:
    for one in of.__subclasses__():
        yield one
        yield from _structs(one)


def test_each_struct_with_a_repr_of_its_own_tells_rich_the_same() -> None:
    for package in (schemas, render, app):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".versions" not in module.name and ".migrations" not in module.name:
                importlib.import_module(module.name)
    ours = {one for one in _structs() if one.__module__.split(".")[0] in ("schemas", "render", "app", "streams")}
    assert {Settings, Candidate, ConnectionSpec} < ours
    assert [
        one.__qualname__
        for one in ours
        if (one.__repr__ is not Struct.__repr__) != (one.__rich_repr__ is not Struct.__rich_repr__)
    ] == []


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (Candidate(id="c-1", first_name="Zebulon"), "Candidate(id='c-1'"),
        (Assessment(summary="Zebulon is good"), "Assessment("),
        (
            ConnectionSpec(
                name="acme", employer_id="e", vendor="webhook", trigger="new", credentials={"secret": "Zebulon"}
            ),
            "name='acme'",
        ),
        (Settings(database_url="postgresql://Zebulon@db/x", secret_key="Zebulon"), "kafka_url="),
    ],
    ids=["person", "text", "credentials", "settings"],
)
def test_people_and_secrets_are_drawn_nowhere(one: Struct, shown: str) -> None:
    for told in (repr(one), pretty_repr(one)):
        assert "Zebulon" not in told
    assert shown in repr(one)
    assert shown in pretty_repr(one, max_width=10_000)
