"""What other people typed: nothing in it hides, reorders, breaks the page or becomes a link by itself."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.links import mail_link, phone_link, resume_link, web_link
from render.text import clean, clipped, moment_words, one_line, printable

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)


@given(ANY_TEXT)
def test_cleaned_text_holds_nothing_that_hides_or_reorders(text: str) -> None:
    for letter in clean(text):
        assert unicodedata.category(letter) not in {"Cc", "Cs", "Co"} or letter in "\t\n"
        assert letter not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u2028\u2029"


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in one_line(text)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_kept_letter_by_letter(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a\x00b\x07c", "abc"),
        ("pay\u202e1000\u202c", "pay1000"),
        ("\uf0b7 item", "\u2022 item"),
        ("line\r\nnext\x0blast", "line\nnext\nlast"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("e\u0301", "\u00e9"),
        ("z" + "\u0335" * 90, "z" + "\u0335" * 4),
        ("\U000e0041hidden", "hidden"),
        ("\U0001f468\u200d\U0001f527", "\U0001f468\u200d\U0001f527"),
        (None, ""),
    ],
)
def test_examples(text: str | None, wanted: str) -> None:
    assert clean(text) == wanted


def test_words_for_times_are_in_utc() -> None:
    at = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert moment_words(at) == "31 Dec 2025, 22:30"
    assert moment_words(datetime(2026, 11, 3, 4, 5, tzinfo=UTC)) == "3 Nov 2026, 04:05"
    assert moment_words(None) == ""


def test_clipping_says_that_it_clipped() -> None:
    assert clipped("short", 5) == "short"
    assert clipped("a longer text", 6) == "a lon\u2026"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "https://", "https://a b", "https://u:p@x.example", "https://x.example:99999", "https://x\u202e.example",
     "https://x.example/" + "a" * 2_000, "data:text/html,x", "//x.example", "", None, "https://x.example/\x00"],
)  # fmt: skip
def test_addresses_that_become_no_link(address: str | None) -> None:
    assert web_link(address) is None


def test_addresses_that_do() -> None:
    assert web_link(" https://x.example/p?a=1#b ") == "https://x.example/p?a=1#b"
    assert web_link("http://x.example") is None
    assert web_link("http://x.example", schemes=frozenset({"http"})) == "http://x.example"
    assert resume_link("MAILTO:a@x.example") == "mailto:a@x.example"


@pytest.mark.parametrize(
    "address", ["a@x.example?bcc=b@x.example", "a@x.example,b@x.example", "a b@x.example", "@x", "a@"]
)
def test_a_mail_link_has_one_recipient_and_nothing_else(address: str) -> None:
    assert mail_link(address) is None


def test_phone_links() -> None:
    assert phone_link("+1 (414) 555-0137") == "tel:+14145550137"
    assert phone_link("12") is None
    assert phone_link("1+2345678") is None
