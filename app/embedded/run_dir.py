"""The folder each embedded server lives in, and the sweep of those whose owner was killed."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from schemas.errors import ConfigError

ENDED = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
_OWNER_FILE = "owner.json"
_UNFINISHED = ".new-"
# Linux counts a process's start from a boot time that clock corrections move a little.
_SAME_START_S = 3.0
_SIGNAL_S = 10.0
_POLL_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessId:
    """A pid with its start time, because pids are used again."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessId":
        """Raises psutil.NoSuchProcess when it is gone already."""
        return cls(pid=pid, started=psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """The process, or None when it ended or its pid belongs to another by now."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START_S
        except psutil.NoSuchProcess:
            return None
        return process if same and _status(process) not in ENDED else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunDir:
    """One server's folder. `owner.json` in it says whose it is, and is there from the folder's first moment."""

    path: Path

    def record_server(self, pid: int, *, outlives_owner: bool) -> None:
        """From now on a sweep knows which process to end; one that outlives its owner is left alone while it runs."""
        _write_owner(self.path, ProcessId.of(pid), outlives_owner=outlives_owner)

    def remove(self) -> None:
        """Safe to repeat."""
        shutil.rmtree(self.path, ignore_errors=True)


def make_run_dir(kind: str, base: Path | None = None) -> RunDir:
    """A new folder, after a sweep. Other users may enter it, as a server under another user has to."""
    folder = base or servers_dir()
    sweep(folder)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    unfinished.chmod(0o755)
    _write_owner(unfinished, None, outlives_owner=False)
    path = folder / f"{kind}-{unfinished.name.removeprefix(_UNFINISHED)}"
    unfinished.rename(path)
    return RunDir(path=path)


def servers_dir() -> Path:
    """Where this user's embedded servers live. Raises ConfigError for a folder that somebody else made."""
    folder = Path(tempfile.gettempdir()) / f"ats-sync-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ConfigError(f"{folder} belongs to another user: remove it, or name another place in TMPDIR")
    folder.chmod(0o755)  # whatever the umask is: as root, PostgreSQL is another user
    return folder


def sweep(base: Path) -> list[Path]:
    """Ends the servers whose owner is dead and removes their folders; returns those folders."""
    swept = [folder for folder, owner in _owners(base) if _is_stale(owner)]
    for folder in swept:
        server = _process_id(_read_owner(folder).get("server"))
        end_tree(server)
        shutil.rmtree(folder, ignore_errors=True)
    return swept


def end_tree(root: ProcessId | None) -> None:
    """SIGKILL to a process and all below it; nothing when it is gone."""
    process = root.find() if root else None
    if process is None:
        return
    kill_all([process, *process.children(recursive=True)])


def kill_all(family: Sequence[psutil.Process]) -> None:
    """SIGKILL to each, and waits until none runs. A zombie counts as ended: its parent may take seconds to reap it."""
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    wait_for_status(family, ENDED)


def wait_for_status(family: Sequence[psutil.Process], wanted: Sequence[str]) -> None:
    """Until each has one of these; gives up after some seconds, when the system itself hangs."""
    deadline = time.monotonic() + _SIGNAL_S
    while any(_status(member) not in wanted for member in family) and time.monotonic() < deadline:
        time.sleep(_POLL_S)


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)


def _owners(base: Path) -> Iterator[tuple[Path, dict[str, object]]]:
    for folder in base.iterdir():
        owner = _read_owner(folder)
        if owner and not folder.name.startswith(_UNFINISHED):
            yield folder, owner


def _is_stale(owner: dict[str, object]) -> bool:
    keeper = _process_id(owner.get("server" if owner.get("outlives_owner") else "owner"))
    return keeper is None or keeper.find() is None


def _write_owner(folder: Path, server: ProcessId | None, *, outlives_owner: bool) -> None:
    content = {
        "owner": asdict(ProcessId.of(os.getpid())),
        "server": asdict(server) if server else None,
        "outlives_owner": outlives_owner,
    }
    unfinished = folder / f"{_OWNER_FILE}.new"
    unfinished.write_text(json.dumps(content), encoding="utf-8")
    unfinished.replace(folder / _OWNER_FILE)


def _read_owner(folder: Path) -> dict[str, object]:
    try:
        content = json.loads((folder / _OWNER_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _process_id(content: object) -> ProcessId | None:
    if not isinstance(content, dict):
        return None
    return ProcessId(pid=int(content["pid"]), started=float(content["started"]))
