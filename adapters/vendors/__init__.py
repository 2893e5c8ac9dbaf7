"""One module per ATS; the registry finds them by name."""
