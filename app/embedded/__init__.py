"""Real servers for one machine: the broker, PostgreSQL and Chromium of the demo and the tests."""
