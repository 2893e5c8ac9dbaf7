"""The vocabulary every other folder speaks: events, facts, decisions, deliveries and errors."""
