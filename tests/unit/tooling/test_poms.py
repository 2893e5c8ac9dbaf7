"""The cache of jars is named after a version, which has to be the one that Maven is asked for."""

from pathlib import Path

from app.embedded import kafka_files
from tests.verapdf import judge

_HERE = Path(kafka_files.__file__).parent
_POMS = {_HERE / "kafka_pom.xml": kafka_files.VERSION, Path(judge.__file__).with_name("pom.xml"): judge.VERSION}


def test_each_cache_is_named_after_the_version_in_its_pom() -> None:
    wrong = [pom for pom, version in _POMS.items() if f"<version>{version}</version>" not in pom.read_text("utf-8")]
    assert wrong == []
