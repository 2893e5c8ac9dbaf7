"""Resumes over real TLS on this machine: status, size, redirects and private addresses."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from render.fetch import FetchFailed, FetchRefused, FetchSettings, HttpsFetch

HOST = "files.example"


@dataclass
class Storage:
    """A file host on 127.0.0.1; `asked` are the paths somebody wanted."""

    port: int
    trust: ssl.SSLContext
    asked: list[str] = field(default_factory=list)

    def fetch(self, path: str, **changed: float) -> HttpsFetch:
        settings = FetchSettings(hosts=(HOST,), port=self.port, **changed)  # type: ignore[arg-type]
        return HttpsFetch(settings, resolver=_ToThisMachine(), trust=self.trust)

    def address(self, path: str) -> str:
        return f"https://{HOST}:{self.port}{path}"

    async def get(self, path: str, **changed: float) -> bytes:
        return await self.fetch(path, **changed)(self.address(path))


class _ToThisMachine(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        return None


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    offered, trusted = _certificate(tmp_path)
    kept = Storage(port=0, trust=trusted)

    async def answer(request: web.Request) -> web.Response:
        kept.asked.append(request.path)
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": kept.address("/file")})
        if request.path.startswith("/status/"):
            return web.Response(status=int(request.path.rpartition("/")[2]))
        return web.Response(body=b"x" * 1_000)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=offered)
    await site.start()
    kept.port = int(runner.addresses[0][1])
    yield kept
    await runner.cleanup()


async def test_a_file_arrives(storage: Storage) -> None:
    assert await storage.get("/file") == b"x" * 1_000


async def test_redirects_are_not_followed(storage: Storage) -> None:
    with pytest.raises(FetchRefused) as caught:
        await storage.get("/moved")
    assert caught.value.code == "not_downloaded"
    assert storage.asked == ["/moved"]


async def test_a_file_over_the_limit_is_refused(storage: Storage) -> None:
    with pytest.raises(FetchRefused) as caught:
        await storage.get("/file", size_bytes=999)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(("status", "times"), [(404, 1), (403, 1), (500, 2), (503, 2), (429, 2)])
async def test_only_what_may_pass_is_tried_again(storage: Storage, status: int, times: int) -> None:
    with pytest.raises(FetchFailed if times > 1 else FetchRefused):
        await storage.get(f"/status/{status}")
    assert len(storage.asked) == times


async def test_without_trust_in_the_certificate_nothing_is_asked(storage: Storage) -> None:
    settings = FetchSettings(hosts=(HOST,), port=storage.port)
    with pytest.raises(FetchFailed):
        await HttpsFetch(settings, resolver=_ToThisMachine())(storage.address("/file"))
    assert storage.asked == []


async def test_our_own_resolver_never_reaches_this_machine(storage: Storage) -> None:
    settings = FetchSettings(hosts=("localhost",), port=storage.port)
    with pytest.raises(FetchFailed):
        await HttpsFetch(settings, trust=storage.trust)(f"https://localhost:{storage.port}/file")
    assert storage.asked == []


def _certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """For a server, and for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    names = [x509.DNSName(HOST), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    offered = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offered.load_cert_chain(file)
    trusted = ssl.create_default_context(cadata=made.public_bytes(serialization.Encoding.PEM).decode())
    return offered, trusted
