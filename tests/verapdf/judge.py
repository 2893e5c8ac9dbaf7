"""veraPDF, the reference checker of PDF/UA-1: `python -m tests.verapdf.judge FILE...` prints its verdicts.

Its library comes from Maven Central, once, as Apache Kafka does; it runs on a JDK 17.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from app.embedded.maven import fetch_jars, find_program

VERSION: Final = "1.30.2"
_HERE: Final = Path(__file__).parent


class FailedRule(Struct, frozen=True, kw_only=True):
    """A rule that was broken, how many times, and one place where."""

    specification: str
    clause: str
    test: int
    times: int
    description: str
    example: str

    def __str__(self) -> str:
        return f"{self.clause}-{self.test}, {self.times} times: {self.description} ({self.example})"


class Verdict(Struct, frozen=True, kw_only=True):
    """What veraPDF says about one file; `checks` is how often it looked."""

    file: str
    compliant: bool
    checks: int
    failed: list[FailedRule]

    @property
    def rules(self) -> set[str]:
        """The broken ones, as `clause-test`."""
        return {f"{rule.clause}-{rule.test}" for rule in self.failed}


class Judge:
    """One JVM for many files."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def verdict(self, path: Path) -> Verdict:
        """Raises msgspec.ValidationError with veraPDF's own words when it cannot read the file at all."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        try:
            return msgspec.json.decode(said, type=Verdict)
        except msgspec.ValidationError as error:
            error.add_note(said)
            raise


@contextmanager
def judging() -> Iterator[Judge]:
    """Raises ConfigError without a JDK or, the first time, Maven."""
    java = find_program("java", "veraPDF needs Java 17")
    jars = fetch_jars(f"verapdf-{VERSION}", _HERE / "pom.xml")
    command: list[str | Path] = [java, "-Xmx768m", "-XX:+UseSerialGC", "-cp", f"{jars}/*", _HERE / "PdfUaJudge.java"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as process:
        try:
            yield Judge(process)
        finally:
            assert process.stdin
            process.stdin.close()


def main(names: list[str]) -> None:
    with judging() as judge:
        verdicts = [judge.verdict(Path(name).absolute()) for name in names]
    for verdict in verdicts:
        sys.stdout.write(f"{verdict.file}: {'PDF/UA-1' if verdict.compliant else 'not PDF/UA-1'}\n")
        sys.stdout.writelines(f"  {rule}\n" for rule in verdict.failed)
    sys.exit(any(not verdict.compliant for verdict in verdicts))


if __name__ == "__main__":
    main(sys.argv[1:])
