"""Settings: read as a whole, refused as a whole, secret in print, and all of them documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import PREFIX, Settings, load
from schemas.errors import ConfigError

ROOT = Path(__file__).parents[3]


def test_values_are_converted_to_their_types() -> None:
    settings = load(
        {"ATS_SYNC_HTTP_PORT": "0", "ATS_SYNC_SETTLE_S": "1.5", "ATS_SYNC_CHROMIUM_SANDBOX": "false", "HOME": "/"}
    )
    assert (settings.http_port, settings.settle_s, settings.chromium_sandbox) == (0, 1.5, False)


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"ATS_SYNC_HTTP_PORT": "70000", "ATS_SYNC_LEASE_S": "1", "ATS_SYNC_NO_SUCH": "x"})
    assert all(name in str(caught.value) for name in ("HTTP_PORT", "LEASE_S", "NO_SUCH"))


def test_a_lease_shorter_than_three_calls_is_refused() -> None:
    with pytest.raises(ConfigError, match="LEASE_S"):
        load({"ATS_SYNC_LEASE_S": "89"})


@pytest.mark.parametrize(
    ("address", "testing", "taken"),
    [
        ("https://files.example", "false", True),
        ("https://files.example:8443/", "false", True),
        ("", "false", True),
        ("http://127.0.0.1:8081", "true", True),
        ("http://files.example", "false", False),
        ("https://files.example/under/a/path", "false", False),
        ("https://user@files.example", "false", False),
        ("files.example", "false", False),
        ("https://files.example\n", "false", False),
    ],
)
def test_the_public_address_is_https_and_a_host_of_its_own(address: str, testing: str, *, taken: bool) -> None:
    given = {"ATS_SYNC_PUBLIC_URL": address, "ATS_SYNC_TESTING": testing}
    if taken:
        assert load(given).public_url == address
    else:
        with pytest.raises(ConfigError, match="PUBLIC_URL"):
            load(given)


def test_the_public_listener_is_never_that_of_the_operators() -> None:
    with pytest.raises(ConfigError, match="FILES_PORT"):
        load({"ATS_SYNC_PUBLIC_URL": "https://files.example", "ATS_SYNC_FILES_PORT": "8080"})


@pytest.mark.parametrize("switch", ["FAILPOINTS", "ABLATE"])
def test_removing_a_safety_mechanism_needs_the_testing_switch(switch: str) -> None:
    with pytest.raises(ConfigError, match="TESTING"):
        load({PREFIX + switch: "fence"})
    assert load({PREFIX + switch: "fence", "ATS_SYNC_TESTING": "true"}).testing


def test_secrets_are_not_in_repr() -> None:
    settings = load({"ATS_SYNC_SECRET_KEY": "hunter2", "ATS_SYNC_DATABASE_URL": "postgresql://u:hunter2@h/d"})
    assert "hunter2" not in repr(settings)


def test_no_value_of_a_secret_is_in_an_error() -> None:
    with pytest.raises(ConfigError) as caught:
        load({"ATS_SYNC_DATABASE_URL": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_resume_hosts_are_a_list() -> None:
    assert load({"ATS_SYNC_RESUME_HOSTS": "A.example, b.example,"}).allowed_resume_hosts == {"a.example", "b.example"}


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text()
    missing = [name for name in Settings.__struct_fields__ if f"`{PREFIX}{name.upper()}`" not in text]
    assert missing == []
