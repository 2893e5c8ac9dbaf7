"""Links are capabilities: one delivery each, nobody's to guess, the same in every process of one secret key."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.links import Links, Opened, link_for, links_from
from app.secrets import new_key
from schemas.delivery import delivery_key
from schemas.errors import ConfigError
from tests.integration.delivery.parts import FACTS

FETCHES = replace(FACTS, title="Fetching ATS", pdf_by="link")
KEY = delivery_key(employer_id="emp-1", connection="acme", application_id="app-1", kind="create")
OTHER = uuid5(KEY, "another delivery")
PUBLIC = "https://files.example"


def links(secret: str, public_url: str = PUBLIC) -> Links:
    made = links_from(public_url, secret)
    assert made is not None
    return made


SECRET = new_key()
LINKS = links(SECRET)
PATH = LINKS.to(KEY).removeprefix(PUBLIC)


def test_a_link_opens_its_delivery_in_every_process_of_the_same_secret() -> None:
    assert links(SECRET).to(KEY) == LINKS.to(KEY)
    assert links(SECRET).opened(PATH) == Opened(purpose="pdf", key=KEY)
    assert links(new_key()).opened(PATH) is None


def test_a_link_names_the_delivery_and_nothing_else() -> None:
    assert PATH.endswith(f"/FactoryFix-{KEY}.pdf")
    assert not [word for word in ("emp-1", "acme", "app-1") if word in PATH]
    assert len(PATH.split("/")[2]) == 43, "256 bits in base64"


@given(st.integers(0, len(PATH) - 1), st.integers(1, 127))
def test_one_changed_character_opens_nothing(place: int, by: int) -> None:
    changed = PATH[:place] + chr(ord(PATH[place]) ^ by) + PATH[place + 1 :]
    assert LINKS.opened(changed) is None


@pytest.mark.parametrize(
    "path",
    [
        PATH.replace(str(KEY), str(OTHER)),
        PATH.replace("/pdf/", "/check/"),
        PATH.replace(str(KEY), str(KEY).upper()),
        PATH + "/",
        "/" + PATH,
        PATH + "\n",
        PATH.replace("/pdf/", "/pdf/../pdf/"),
        "/",
        "",
        "*",
        "/pdf/" + "é" * 43 + f"/FactoryFix-{KEY}.pdf",
    ],
    ids=range(11),  # the keys are new in every run
)
def test_no_other_path_opens_anything(path: str) -> None:
    assert LINKS.opened(path) is None


def test_a_preflights_link_never_opens_a_delivery() -> None:
    told = LINKS.to(KEY, "check").removeprefix(PUBLIC)
    assert LINKS.opened(told) == Opened(purpose="check", key=KEY)
    assert LINKS.opened(told.replace("/check/", "/pdf/")) is None


def test_a_replaced_secret_still_opens_what_the_old_one_signed() -> None:
    rotated = links(f"{new_key()},{SECRET}")
    assert rotated.opened(PATH) is not None
    assert rotated.to(KEY) != LINKS.to(KEY)


def test_no_key_is_shown() -> None:
    assert repr(LINKS.keys[0]) not in repr(LINKS)
    assert SECRET not in repr(LINKS)


def test_r09_an_ats_that_fetches_is_given_nothing_without_an_address() -> None:
    with pytest.raises(ConfigError, match=r"Fetching ATS comes for each PDF itself.*ATS_SYNC_PUBLIC_URL"):
        link_for(FETCHES, None, KEY)


def test_an_ats_that_takes_bytes_is_given_no_link() -> None:
    assert link_for(FACTS, LINKS, KEY) is None
    assert link_for(FACTS, None, KEY) is None
    assert link_for(FETCHES, LINKS, KEY) == LINKS.to(KEY)


def test_a_slash_at_the_end_of_the_address_changes_nothing() -> None:
    assert links(SECRET, PUBLIC + "/").to(UUID(int=1)) == LINKS.to(UUID(int=1))
