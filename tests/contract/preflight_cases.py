"""What a preflight can tell of each vendor: which read shows a missing permission, how the source is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """`read` and `write`: the sandbox's steps. `read` None: nothing can be asked, only `--write` shows it.

    `source`: `listed` by the ATS under a name, `sent` with each application, or `apart` (by number, tag or itself).
    """

    write: str
    read: str | None
    source: Literal["listed", "sent", "apart"]
    removes: bool  # whether the synthetic candidate can be removed by us
    reads_back: bool = True
    sees_jobs: bool = True  # whether a preflight that reads only tells a closed or unknown job


PREFLIGHTS: Mapping[str, Preflight] = {
    "ashby": Preflight(read="find_candidates", write="create_application", source="listed", removes=False),
    "bamboohr": Preflight(read="find_applications", write="create_application", source="sent", removes=False),
    "bullhorn": Preflight(read="query", write="create_candidate", source="sent", removes=False),
    "greenhouse": Preflight(read="find_candidates", write="create_candidate", source="listed", removes=True),
    "jobadder": Preflight(read="find_candidates", write="create_application", source="sent", removes=True),
    "kombo": Preflight(
        read="find_candidates", write="create_application", source="apart", removes=False, reads_back=False
    ),
    "lever": Preflight(read="find_opportunities", write="create_opportunity", source="sent", removes=False),
    "merge": Preflight(read="find_candidates", write="create_application", source="sent", removes=False),
    "personio": Preflight(
        read="create_application",
        write="create_application",
        source="apart",
        removes=False,
        reads_back=False,
        sees_jobs=False,
    ),
    "smartrecruiters": Preflight(read="find_candidates", write="create_application", source="listed", removes=True),
    "teamtailor": Preflight(read="find_candidates", write="create_candidate", source="apart", removes=False),
    "webhook": Preflight(read=None, write="deliver", source="apart", removes=True, reads_back=False, sees_jobs=False),
    "workable": Preflight(read="find_candidates", write="create_candidate", source="apart", removes=False),
    "zohorecruit": Preflight(read="find_candidates", write="create_candidate", source="sent", removes=True),
}
