"""The resume of one application, from wherever it lies to a part the page can show; at worst a notice."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Final

from render.cell_jobs import Loaded, LoadJob, ResumeLimits
from render.cells import CellFailed, Worker
from render.parts import AbsentPart, NoticeCode, NoticePart, ResumePart
from render.text import one_line
from schemas.events import Resume

_CELL_NOTICES: Final[dict[str, NoticeCode]] = {
    "time": "too_complex",
    "memory": "too_complex",
    "size": "too_large",
    "fault": "damaged",
    "crash": "too_complex",
}
_DIGEST: Final = re.compile(r"(?:sha-?256[:=])?([0-9a-f]{64})", re.IGNORECASE)
_DATA_URL: Final = re.compile(r"^data:[^,]{0,200},", re.IGNORECASE)
_URL_SAFE: Final = str.maketrans("-_", "+/")


async def load(resume: Resume | None, fetched: bytes | None, *, limits: ResumeLimits, worker: Worker) -> ResumePart:
    """The part for `resume`; `fetched`: its file, when that did not come with the event. Raises CellFailed `start`."""
    if resume is None and fetched is None:
        return AbsentPart()
    content = fetched if fetched is not None else inline(resume)
    if content is None:
        return NoticePart(code="announced" if resume is not None and resume.content_base64 is None else "damaged")
    if len(content) > limits.file_bytes:
        return NoticePart(code="too_large")
    try:
        answer = await worker.run(LoadJob(content=content, limits=limits))
    except CellFailed as exc:
        if exc.code not in _CELL_NOTICES:
            raise
        return NoticePart(code=_CELL_NOTICES[exc.code])
    return answer.part if isinstance(answer, Loaded) else NoticePart(code="damaged")


def inline(resume: Resume | None) -> bytes | None:
    """The bytes that came with the event; None when there are none or they are no base64."""
    if resume is None or resume.content_base64 is None:
        return None
    text = _DATA_URL.sub("", resume.content_base64.strip()).translate(_URL_SAFE)
    text = "".join(text.split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def is_as_announced(resume: Resume, content: bytes) -> bool:
    """Whether `content` has the digest the event states; True when it states none that can be read."""
    stated = _DIGEST.fullmatch(one_line(resume.sha256))
    return stated is None or stated[1].lower() == hashlib.sha256(content).hexdigest()
