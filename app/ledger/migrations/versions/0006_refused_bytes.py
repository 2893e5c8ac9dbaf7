"""The bytes of refused records are let go by their age, found without reading all that were ever refused."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_script("create index dead_letter_kept on dead_letter (seen_at) where value is not null")
