"""Which faults of a broker are waited out, and which end a process."""

from __future__ import annotations

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    InvalidReplicationFactorError,
    KafkaTimeoutError,
    NotControllerError,
    PolicyViolationError,
    SaslAuthenticationFailed,
)

from schemas.errors import ConfigError
from streams import log_check
from streams.log_check import is_unreachable
from streams.stumbles import is_stumble


async def lost_its_brokers() -> BaseException:
    """What aiokafka really says when it knows no broker."""
    with pytest.raises(AssertionError, match="bootstrap") as raised:
        await AIOKafkaClient(bootstrap_servers="127.0.0.1:1").coordinator_lookup(0, "group")
    return raised.value


async def test_p1_a_client_that_lost_its_brokers_is_waited_out() -> None:
    found = await lost_its_brokers()
    assert is_stumble(found)
    assert is_unreachable(found)


def test_the_same_kind_of_error_of_our_own_is_not() -> None:
    with pytest.raises(AttributeError) as raised:
        _ = log_check.nothing_of_the_kind  # type: ignore[attr-defined]
    assert not is_stumble(raised.value)
    assert not is_stumble(AssertionError("never raised"))


@pytest.mark.parametrize(("error", "passes"), [(KafkaTimeoutError, True), (SaslAuthenticationFailed, False)])
def test_a_broker_that_does_not_answer_in_time_is_waited_for_and_one_that_refuses_us_is_not(
    error: type[Exception], *, passes: bool
) -> None:
    assert is_unreachable(error()) is passes


@pytest.mark.parametrize("refusal", [NotControllerError, InvalidReplicationFactorError])
def test_a_changelog_that_cannot_be_made_now_is_made_later(refusal: type[Exception]) -> None:
    with pytest.raises(Exception, match=refusal.__name__) as raised:
        log_check._refuse_codes("facts", [refusal.errno])  # type: ignore[attr-defined]
    assert is_unreachable(raised.value)


def test_a_changelog_that_is_forbidden_is_for_a_person() -> None:
    with pytest.raises(ConfigError, match="PolicyViolationError"):
        log_check._refuse_codes("facts", [0, PolicyViolationError.errno])
