"""Alembic migrations: raw SQL, numbered, forward-only."""
