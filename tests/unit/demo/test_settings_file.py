"""`demo --keep` leaves the settings of what runs, for the commands one wants to try on it."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

from app.demo.machine import settings_file

ENVIRONMENT = {
    "PATH": "/bin",
    "HOME": "/root",
    "ATS_SYNC_SECRET_KEY": "a'b c$d",
    "ATS_SYNC_DATABASE_URL": "postgresql://x",
}


def test_a_shell_takes_the_settings_and_nothing_else(tmp_path: Path) -> None:
    path = settings_file(tmp_path / "new" / "settings.sh", ENVIRONMENT)
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    said = subprocess.run(
        ["/bin/sh", "-c", f'. "{path}" && exec "{sys.executable}" -c "{show}"'],
        env={"HOME": "/home/me"},
        capture_output=True,
        check=True,
    )
    told = json.loads(said.stdout)
    assert {name: told[name] for name in told if name.startswith("ATS_SYNC_")} == {
        name: value for name, value in ENVIRONMENT.items() if name.startswith("ATS_SYNC_")
    }
    assert told["HOME"] == "/home/me"


def test_only_the_owner_reads_the_key(tmp_path: Path) -> None:
    path = tmp_path / "settings.sh"
    path.write_text("old")
    path.chmod(0o644)
    settings_file(path, ENVIRONMENT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
