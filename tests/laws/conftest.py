"""Hypothesis for the laws: no clock decides whether a law holds, and a failure prints how to repeat it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "laws",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=False,  # in CI too, where Hypothesis would try the same examples each time
)
settings.load_profile("laws")
