"""Apache Kafka's jars and Java, fetched once through Maven: `python -m app.embedded.kafka_files` (make kafka)."""

import sys
from dataclasses import dataclass
from pathlib import Path

from app.embedded.maven import fetch_jars, find_program
from schemas.errors import ConfigError

VERSION = "4.4.0"
_POM = Path(__file__).with_name("kafka_pom.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaFiles:
    """The `java` program and the folder of jars."""

    java: str
    jars: Path

    def command(self, *arguments: str) -> tuple[str, ...]:
        """A JVM small enough for three on a laptop: 370 MB each (measured)."""
        log_level = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        return (self.java, "-Xmx384m", log_level, "-cp", f"{self.jars}/*", *arguments)


def fetch_kafka(cache: Path | None = None) -> KafkaFiles:
    """Downloads the jars into `cache` (default: ~/.cache/ats-sync) unless they are there: 43 MB, some 10 s.

    Raises ConfigError when Java 17 or Maven is missing, or Maven fails.
    """
    java = find_program("java", "Apache Kafka needs Java 17")
    return KafkaFiles(java=java, jars=fetch_jars(f"kafka-{VERSION}", _POM, cache))


if __name__ == "__main__":
    try:
        sys.stdout.write(f"Apache Kafka {VERSION} is in {fetch_kafka().jars}\n")
    except ConfigError as error:
        sys.exit(str(error))
