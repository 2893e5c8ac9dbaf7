"""Names, addresses and numbers as an ATS takes them (R8, A31, A32, A33)."""

from __future__ import annotations

import pytest

from schemas.person import Person, clean_line, normal_email, normal_names, normal_phone, placeholder_email


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ""),
        ("  Ann \t Lee\n", "Ann Lee"),
        ("Ann\x00Lee", "Ann Lee"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u202eeeL\u202c", "eeL"),
        ("\ufeffAnn\u200b", "Ann"),
        ("\u0646\u200c\u0646", "\u0646\u200c\u0646"),
        ("Jos\u00e9 \u738b", "Jos\u00e9 \u738b"),
    ],
)
def test_r08_a_line_is_nfc_and_holds_no_control_or_override(text: str | None, expected: str) -> None:
    assert clean_line(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Ann.Lee@EXAMPLE.Com ", "Ann.Lee@example.com"),
        ("a@b.co", "a@b.co"),
        ("ann\u200b@example.com", "ann@example.com"),
        ("ann", None),
        ("ann@", None),
        ("ann@localhost", None),
        ("a b@example.com", None),
        ("a@b@example.com", None),
        ("x" * 65 + "@example.com", None),
        ("a@" + "b" * 250 + ".com", None),
        (None, None),
    ],
)
def test_r08_a31_addresses(text: str | None, expected: str | None) -> None:
    assert normal_email(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(312) 555-0142", "+13125550142"),
        ("+44 20 7946 0958", "+442079460958"),
        ("0", None),
        ("call me", None),
        (None, None),
        ("9" * 300, None),
    ],
)
def test_r08_a32_numbers_are_e164(text: str | None, expected: str | None) -> None:
    assert normal_phone(text) == expected


@pytest.mark.parametrize(
    ("first", "last", "stand_in", "expected"),
    [
        ("Ann", "Lee", "-", ("Ann", "Lee")),
        ("Ann", None, "-", ("Ann", "-")),
        (None, "Lee", "-", ("Lee", "-")),
        ("Ann", None, "", None),
        (None, None, "-", None),
    ],
)
def test_a33_one_word_names(
    first: str | None, last: str | None, stand_in: str, expected: tuple[str, str] | None
) -> None:
    assert normal_names(first, last, missing_last_name=stand_in) == expected


def test_a31_placeholders_are_addresses_and_never_shared() -> None:
    assert placeholder_email("c1") != placeholder_email("c2")
    assert placeholder_email("c1") == normal_email(placeholder_email("c1"))
    assert "c1@" not in placeholder_email("c1")


def test_a_person_is_hidden_in_repr() -> None:
    person = Person(candidate_id="c", first_name="Ann", last_name="Lee", email="a@b.co", phone="+1")
    assert repr(person) == "Person(candidate_id='c')"
