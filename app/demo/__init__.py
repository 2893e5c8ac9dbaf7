"""The demo: a believable history of a hiring marketplace, what must become of it, and a run that shows it did."""
