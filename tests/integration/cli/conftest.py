"""What runs beside commands, which have event loops of their own: two kinds of ATS, and the public listener."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

import pytest

from adapters.sandbox import Sandbox
from app.files import Files, NoPdfs, serve
from app.links import links_from
from app.secrets import new_key
from app.wiring.preflight import one_page
from tests.integration.fetching import FetchingAts, fetching_ats

T = TypeVar("T")


@contextmanager
def beside(entered: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """In a loop and thread of its own, until the context ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(entered.__aenter__(), loop).result(timeout=30)
        asyncio.run_coroutine_threadsafe(entered.__aexit__(None, None, None), loop).result(timeout=30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def ats() -> Iterator[Sandbox]:
    with beside(Sandbox()) as running:
        yield running


@pytest.fixture
def fetches() -> Iterator[FetchingAts]:
    with beside(fetching_ats()) as running:
        yield running


@pytest.fixture
def secret_key(monkeypatch: pytest.MonkeyPatch) -> str:
    made = new_key()
    monkeypatch.setenv("ATS_SYNC_SECRET_KEY", made)
    return made


@pytest.fixture
def public_url(secret_key: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A public address, with a listener that knows preflights alone."""
    links = links_from("http://unused.example", secret_key)
    assert links is not None
    files = Files(links=links, pdfs=NoPdfs(), page=one_page(), tell=lambda _: None)
    with beside(serve(("127.0.0.1", 0), files)) as url:
        monkeypatch.setenv("ATS_SYNC_TESTING", "true")
        monkeypatch.setenv("ATS_SYNC_PUBLIC_URL", url)
        yield url
