"""A refused record may have a key of any length."""

from __future__ import annotations

from app.ledger.migrations.script import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A B-tree holds no key of more than 2,704 bytes: such a record could not be written down, and stopped ingest. Not only
# where bytes are left: `explain` asks for refusals whose bytes are gone, too.
_INDEX = """
drop index dead_letter_by_key;
create index dead_letter_by_key on dead_letter using hash (key);
"""


def upgrade() -> None:
    run_script(_INDEX)
