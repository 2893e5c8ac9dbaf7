"""The ledger on Postgres: everything the service remembers; the only package that imports asyncpg."""
