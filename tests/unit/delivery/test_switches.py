"""Failpoints and secrets: what is wrong is refused before anything begins."""

from __future__ import annotations

import pytest

from app.delivery.engine import file_name
from app.failpoints import POINTS, Failpoints, parse_failpoints
from app.secrets import new_key, secrets_from
from schemas.errors import ConfigError


def test_points_and_guards_are_read_from_settings() -> None:
    found = parse_failpoints("after_start:3, mid_render", "fence,settle")
    assert dict(found.armed) == {"after_start": 3, "mid_render": 1}
    assert not found.has("fence")
    assert found.has("serial")


@pytest.mark.parametrize(
    ("points", "ablated"), [("nowhere", ""), ("after_start:x", ""), ("after_start:0", ""), ("", "gravity")]
)
def test_a_name_nobody_passes_is_refused(points: str, ablated: str) -> None:
    with pytest.raises(ConfigError):
        parse_failpoints(points, ablated)


def test_without_any_switch_every_point_is_passed_and_every_guard_is_there() -> None:
    nothing = parse_failpoints("", "")
    for point in POINTS:
        nothing.passing(point)  # type: ignore[arg-type]
    assert nothing == Failpoints()


@pytest.mark.parametrize("key", ["", "short", "!" * 44, "a" * 43])
def test_a_key_of_the_wrong_size_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        secrets_from(key)
    assert not key or key not in str(caught.value)


def test_the_same_plain_text_is_never_sealed_the_same_way_twice() -> None:
    secrets = secrets_from(new_key())
    assert secrets.seal(b"x", bound_to="a") != secrets.seal(b"x", bound_to="a")


def test_changed_bytes_do_not_open() -> None:
    secrets = secrets_from(new_key())
    sealed = bytearray(secrets.seal(b"x", bound_to="a"))
    sealed[-1] ^= 1
    with pytest.raises(ConfigError):
        secrets.open(bytes(sealed), bound_to="a")


def test_keys_are_not_in_repr() -> None:
    key = new_key()
    assert key not in repr(secrets_from(key))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("CNC Machinist (2nd shift)", "FactoryFix-CNC-Machinist-2nd-shift-KEY.pdf"),
        ("Soldador/a \u2013 México", "FactoryFix-Soldador-a-Mexico-KEY.pdf"),
        ("溶接工", "FactoryFix-KEY.pdf"),
        ("../../etc/passwd\n", "FactoryFix-etc-passwd-KEY.pdf"),
        ("x" * 300, f"FactoryFix-{'x' * 40}-KEY.pdf"),
    ],
)
def test_r9_the_file_is_named_after_job_and_delivery(title: str, name: str) -> None:
    assert file_name(title, "KEY") == name
