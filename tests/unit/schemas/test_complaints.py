"""What is wrong with a value is told with the field's own path, in words, and without the value."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta, Struct

from schemas.complaints import told

FORM = r"^[a-z]+$(?!\n)"


class Inner(Struct, forbid_unknown_fields=True):
    word: Annotated[str, Meta(pattern=FORM)]


class Outer(Struct):
    inner: list[Inner]


@pytest.mark.parametrize(
    ("inner", "path", "words"),
    [
        ({}, "$.inner[0].word", "is missing"),
        ({"word": "a", "more": 1}, "$.inner[0].more", "is no field of this"),
        ({"word": "s3cret\n"}, "$.inner[0].word", "must be small letters"),
        ({"word": 7}, "$.inner[0].word", "Expected `str`, got `int`"),
    ],
)
def test_a_field_is_named_also_where_it_is_missing(inner: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"inner": [inner]}, Outer)
    assert told(caught.value, {FORM: "small letters"}) == (path, words)


def test_a_form_nobody_has_words_for_is_not_shown_as_an_expression() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert({"inner": [{"word": "7"}]}, Outer)
    assert told(caught.value) == ("$.inner[0].word", "must be of another form")
