"""Every vendor the sandbox speaks, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from adapters.sandbox.vendor import Vendor
from adapters.sandbox.vendors import (
    ashby,
    bamboohr,
    bullhorn,
    greenhouse,
    jobadder,
    kombo,
    lever,
    merge,
    personio,
    smartrecruiters,
    teamtailor,
    webhook,
    workable,
    zohorecruit,
)

_MODULES: Final = (
    webhook,
    greenhouse,
    jobadder,
    kombo,
    lever,
    merge,
    ashby,
    bullhorn,
    bamboohr,
    smartrecruiters,
    personio,
    teamtailor,
    workable,
    zohorecruit,
)
VENDORS: Final[Mapping[str, Vendor]] = MappingProxyType({module.VENDOR.name: module.VENDOR for module in _MODULES})
