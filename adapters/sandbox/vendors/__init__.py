"""Every vendor the sandbox speaks, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.sandbox.vendor import Vendor
from adapters.sandbox.vendors import greenhouse, jobadder, webhook

VENDORS: Final[Mapping[str, Vendor]] = MappingProxyType(
    {module.VENDOR.name: module.VENDOR for module in (webhook, greenhouse, jobadder)}
)
