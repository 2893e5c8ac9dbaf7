"""What aiokafka raises when its cluster goes away under it and it had taken that cluster for granted."""

from __future__ import annotations

from typing import Final

# Read in aiokafka 0.14: no controller known (admin/client.py, AttributeError), no broker known (client.py,
# AssertionError), a connection replaced while a request waited on it (client.py, KeyError), a topic without
# partitions (producer.py, TypeError).
_KINDS: Final = (AssertionError, AttributeError, LookupError, TypeError)
_LIBRARY: Final = "aiokafka"


def is_stumble(exc: BaseException) -> bool:
    """Whether the library itself raised it, in its own code: a passing fault of the broker by another name."""
    traceback = exc.__traceback__
    if not isinstance(exc, _KINDS) or traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    module: str = traceback.tb_frame.f_globals.get("__name__", "")
    return module.partition(".")[0] == _LIBRARY
