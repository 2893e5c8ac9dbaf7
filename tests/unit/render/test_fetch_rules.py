"""Which addresses a resume may come from, and which machines behind a name are refused."""

import pytest

from render.fetch import FetchRefused, FetchSettings, HttpsFetch, PublicResolver, is_allowed, is_public

SETTINGS = FetchSettings(hosts=("files.example.com", ".cdn.example"))


@pytest.mark.parametrize(
    "address",
    [
        "https://files.example.com/a?sig=1",
        "https://FILES.example.com/a",
        "https://files.example.com:443/a",
        "https://files.example.com./a",
        "https://a.b.cdn.example/x",
        "https://cdn.example/x",
    ],
)
def test_addresses_on_the_list(address: str) -> None:
    assert is_allowed(address, SETTINGS)


@pytest.mark.parametrize(
    "address",
    [
        "http://files.example.com/a",
        "HTTP://files.example.com/a",
        "ftp://files.example.com/a",
        "file:///etc/passwd",
        "https://files.example.com:8443/a",
        "https://files.example.com@evil.example/a",
        "https://user:pass@files.example.com/a",
        "https://evil.example/files.example.com",
        "https://files.example.com.evil.example/",
        "https://evilcdn.example/x",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://2130706433/a",
        "https://files.example.com\\@evil.example/",
        "https://files.example.com\n.evil.example/",
        "//files.example.com/a",
        "",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert not is_allowed(address, SETTINGS)


def test_without_a_list_nothing_is_downloaded() -> None:
    assert not is_allowed("https://files.example.com/a", FetchSettings())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "2002:7f00:1::", "ff02::1", "64:ff9b:1::1", "nonsense",
    ],
)  # fmt: skip
def test_private_machines(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_public_machines(address: str) -> None:
    assert is_public(address)


async def test_a_name_that_leads_to_this_machine_is_not_connected_to() -> None:
    with pytest.raises(OSError, match="private"):
        await PublicResolver().resolve("localhost", 443)


async def test_a_refused_address_is_not_in_the_error() -> None:
    with pytest.raises(FetchRefused) as caught:
        await HttpsFetch(SETTINGS)("https://evil.example/maria-lopez.pdf")
    assert "maria" not in str(caught.value)
    assert caught.value.code == "refused_address"
