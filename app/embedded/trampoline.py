"""Becomes the server it is told to start, tied to the life of the process that asked for it.

Run as a script: `trampoline.py PARENT_PID DEATH_SIGNAL UID GID COMMAND...`; PARENT_PID 0 ties it to nothing, UID -1
keeps the user. Standard library only, because it runs isolated (`python -I -S`) to start in a few milliseconds.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> None:
    """Never returns: the process becomes COMMAND, or ends with 70 when its parent is gone already."""
    parent, death_signal, uid, gid = (int(argument) for argument in argv[1:5])
    if uid >= 0:
        _become(uid, gid)
    if parent and sys.platform == "linux":
        _die_with(parent, death_signal)
    os.execv(argv[5], argv[5:])  # noqa: S606 - the command is our own, built by app.embedded


def _become(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _die_with(parent: int, death_signal: int) -> None:
    # After setuid, because Linux forgets the death signal when the user changes.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(70)


if __name__ == "__main__":
    main(sys.argv)
