"""A line of mixed scripts reads as most of its words do; what the first letter tells rightly is left to it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from render.direction import directed
from render.page import profile_html
from render.view import profile_view
from tests.browser import render_cases as cases

ARABIC_NAME = "أحمد"
ENGLISH = f"{ARABIC_NAME} has five years on mills."
HEBREW = "Fanuc כן, אני יכול להתחיל בעוד שבועיים."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Six years on mills.",
        "Zoë, Łukasz and Ümit",
        "我有六年的数控机床经验。",
        "نعم، خمس سنوات على Fanuc و Haas.",
        f"She trained {ARABIC_NAME} on mills.",
        f"{ARABIC_NAME} Haas",
        f"\u200f{ENGLISH}",
        "2010 - 2016",
        "مرحبا\n\nHello",
    ],
)
def test_what_the_first_letter_tells_rightly_is_left_to_it(text: str) -> None:
    (line,) = directed(text)
    assert (line.text, line.way) == (text, None)


@pytest.mark.parametrize(("text", "way"), [(ENGLISH, "ltr"), (HEBREW, "rtl"), (f"({ARABIC_NAME}) is on time.", "ltr")])
def test_a_line_goes_as_most_of_its_words(text: str, way: str) -> None:
    (line,) = directed(text)
    assert (line.text, line.way) == (text, way)


def test_each_line_goes_its_own_way_where_one_would_be_misled() -> None:
    lines = directed(f"{ENGLISH}\n\nنعم\nHaas")
    assert [(line.text, line.way) for line in lines] == [
        (ENGLISH, "ltr"),
        ("", "ltr"),
        ("نعم", "rtl"),
        ("Haas", "ltr"),
    ]


@given(st.text(st.sampled_from("ab אب\n.1\u200e\u2067"), max_size=30))
@example("א a b\r\nb")
def test_no_letter_is_lost(text: str) -> None:
    assert "\n".join(line.text for line in directed(text)) == text


def test_every_letter_from_right_to_left_is_known() -> None:
    """The block list against the tables of this Python: a letter left out would be set the wrong way."""
    letters = [chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in ("R", "AL")]
    assert len(letters) > 1_000
    assert [
        letter for letter in letters if directed(f"{letter} is on time.")[0].way != "ltr" and letter.isalpha()
    ] == []


def test_the_page_says_it_for_every_text_of_the_ai_and_of_the_conversation() -> None:
    application = cases.application(
        assessment=cases.assessment_of(ENGLISH), screening=cases.screening((("candidate", f"{ENGLISH}\n{HEBREW}"),))
    )
    page: html.HtmlElement = html.document_fromstring(profile_html(profile_view(application)))
    lines = [(line.get("dir"), line.text) for line in page.find_class("line")]
    assert lines == [("ltr", ENGLISH)] * 4 + [("ltr", ENGLISH), ("rtl", HEBREW)]
