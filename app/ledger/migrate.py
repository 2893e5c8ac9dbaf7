"""Brings the ledger's schema up to date with Alembic: numbered, forward-only, one transaction."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config

_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(url: str) -> None:
    """Apply every migration that is missing at `url` (postgresql://...). Safe to run by several processes at once.

    Either all of them are applied or none. Works inside a running event loop too, which it blocks meanwhile.
    """
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = url
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(command.upgrade, config, "head").result()
