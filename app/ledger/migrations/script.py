"""Runs a migration's SQL script as it is written: many statements, functions included, in Alembic's transaction."""

from __future__ import annotations

from alembic import op
from sqlalchemy.util import await_only


def run_script(sql: str) -> None:
    """Execute every statement of `sql` on the migration's own connection."""
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("migrations need a live connection")
    await_only(driver.execute(sql))
