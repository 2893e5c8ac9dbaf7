"""Every code a delivery can end with has words for the person who must act on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import adapters
import app.delivery.engine
import app.delivery.outcome
from adapters.naming import whole_number
from adapters.status import _CODES
from schemas.errors import Permanent
from schemas.remedies import HOLDS, REMEDIES, meaning_of
from schemas.words import Reason
from streams.case import NEVER_RELEASED
from tests.unit.cli.test_main import ALL

FILES = [path for path in sorted(Path(adapters.__path__[0]).rglob("*.py")) if "sandbox" not in path.parts]
RAISED = ("Permanent", "ask_a_person", "_disconnected", "Settled")


def strings(node: ast.expr) -> Iterator[str]:
    """The texts an expression can be: of a choice both, of a look-up none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)


def codes_in(path: Path) -> Iterator[str]:
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name not in RAISED:
            continue
        for keyword in call.keywords:
            if keyword.arg == "code":
                yield from strings(keyword.value)
        if name in ("ask_a_person", "_disconnected") and len(call.args) > 1:
            yield from strings(call.args[1])


def whats_in(path: Path) -> Iterator[str]:
    """What `whole_number` is told a number stands for: its code is made of it."""
    for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "whole_number":
            yield from (text for keyword in call.keywords if keyword.arg == "what" for text in strings(keyword.value))


def every_code() -> set[str]:
    paths = [*FILES, Path(app.delivery.outcome.__file__), Path(app.delivery.engine.__file__)]
    told = {code for path in paths for code in codes_in(path)}
    numbers = {f"bad_{what}" for path in FILES for what in whats_in(path)}
    return told | numbers | set(_CODES.values()) | {"refused"}


def test_every_code_has_words() -> None:
    """Codes that stand in a table of a vendor's file are met by test_adapters.py, one by one."""
    assert every_code() <= set(REMEDIES)


def test_no_words_are_left_of_a_code_that_is_gone() -> None:
    sources = "".join(path.read_text() for path in [*FILES, *Path("app").rglob("*.py")])
    assert [code for code in REMEDIES if f'"{code}"' not in sources and not code.startswith("bad_")] == []


def test_the_search_for_codes_finds_them() -> None:
    assert {"already_applied", "no_member", "pdf_not_attachable", "pdf_too_large", "cannot_tell", "key_window"} <= (
        every_code()
    )
    with pytest.raises(Permanent) as caught:
        whole_number("x", what="job_id")
    assert meaning_of(caught.value.code)


def test_words_are_sentences_that_end() -> None:
    words = [*REMEDIES.values(), *HOLDS.values()]
    assert all((text[0].isupper() or text.startswith("`")) and text.endswith(".") for text in words)


def test_every_reason_a_decision_can_wait_for_has_words() -> None:
    assert set(HOLDS) == set(get_args(Reason)) - {"already_delivered", "update_unsupported"}


def test_a_release_is_named_only_where_one_helps() -> None:
    assert not [reason for reason, text in HOLDS.items() if "holds release" in text and reason in NEVER_RELEASED]


@pytest.mark.parametrize("text", [*REMEDIES.values(), *HOLDS.values()])
def test_words_name_commands_that_exist(text: str) -> None:
    known = {" ".join(path) for path, _ in ALL}
    for words in re.findall(r"`ats-sync ([a-z]+(?: [a-z-]+)?)", text):
        assert words in known, words


@pytest.mark.parametrize("code", [None, "", "queue_full"])
def test_what_is_no_code_of_a_delivery_has_no_words(code: str | None) -> None:
    assert meaning_of(code) is None
