"""Makes topics on any Kafka-protocol broker, and tells whether one answers."""

from collections.abc import Mapping

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.errors import ConfigError


async def create_topics(bootstrap: str, partitions: Mapping[str, int], *, replication: int = 1) -> None:
    """Creates each topic with so many partitions; one that exists already stays as it is.

    Raises ConfigError with the broker's code when it refuses.
    """
    wanted = [NewTopic(name, count, replication) for name, count in partitions.items()]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        reply = await admin.create_topics(wanted)
    finally:
        await admin.close()
    for name, code, *_ in reply.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            message = f"topic {name} was refused: {for_code(code).__name__}"
            raise ConfigError(message)


async def count_brokers(bootstrap: str) -> int:
    """How many brokers the cluster has at this moment; 0 when none answers."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=2_000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return 0
    finally:
        await admin.close()
