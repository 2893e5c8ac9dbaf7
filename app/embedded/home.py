"""The user's home, if there is one: a container may run us as a number that its list of users does not know."""

import os
from pathlib import Path


def at_home(path: str) -> Path:
    """`path` with its ~ replaced; a path that leads nowhere where nobody knows a home."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's own raises there
