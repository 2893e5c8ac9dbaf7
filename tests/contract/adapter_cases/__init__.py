"""One module per vendor, each with its `CASE`; a vendor without one fails the suite."""
