"""Alembic's entry: one connection, one transaction, one migration run at a time."""

from __future__ import annotations

import asyncio
from typing import Final

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

_ONE_AT_A_TIME: Final = 7_021_001  # any number, the same in every process


def _upgrade(connection: Connection) -> None:
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    connection.execute(text("create schema if not exists ats_sync"))
    connection.execute(text("set local search_path to ats_sync"))
    context.configure(connection=connection, version_table_schema="ats_sync", transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


async def _run(url: str) -> None:
    engine = create_async_engine("postgresql+asyncpg" + url[url.index("://") :], poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


asyncio.run(_run(context.config.attributes["url"]))
