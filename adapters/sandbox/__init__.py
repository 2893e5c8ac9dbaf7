"""The ATS that stands in for all of them: each vendor's API with its quirks, and faults on demand."""

from __future__ import annotations

from adapters.sandbox.faults import EFFECTS, Plan
from adapters.sandbox.rules import Rate, Rules
from adapters.sandbox.server import Sandbox, base_url, credentials, serve
from adapters.sandbox.settings import SandboxSettings

__all__ = ["EFFECTS", "Plan", "Rate", "Rules", "Sandbox", "SandboxSettings", "base_url", "credentials", "serve"]
