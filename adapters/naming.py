"""Text cut to a vendor's limits, file names that hold the delivery's key and no person, ids made safe for a URL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal
from urllib.parse import quote

from schemas.delivery import Delivery, Pdf, Receipt
from schemas.errors import Permanent

_JOINERS: Final = frozenset({"\u200d", "\ufe0e", "\ufe0f"})  # emoji are joined or coloured by these
_MAX_FILE_NAME: Final = 150
_MAX_TITLE: Final = 60
_MAX_ID: Final = 200


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters, never cut inside a letter and its accents or inside a joined emoji."""
    if len(text) <= limit:
        return text
    end = limit
    while end > 0 and _joined(text, end):
        end -= 1
    return text[: end or limit].rstrip()


def _joined(text: str, end: int) -> bool:
    return bool(unicodedata.combining(text[end])) or text[end] in _JOINERS or text[end - 1] == "\u200d"


def ascii_words(text: str, limit: int) -> str:
    """Letters and digits of plain ASCII with single spaces: safe in a file name and in a multipart header."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(re.findall(r"[A-Za-z0-9]+", plain))[:limit].rstrip()


def require_pdf(delivery: Delivery) -> Pdf:
    """Its PDF. Raises Permanent: a create or update without one is a fault of ours, not to be sent (R9)."""
    if delivery.pdf is None:
        raise Permanent("no PDF in the delivery", code="no_pdf")
    return delivery.pdf


def require_link(delivery: Delivery) -> str:
    """Where the ATS may fetch the PDF. Raises Permanent where this service has no address the ATS could reach."""
    url = require_pdf(delivery).url
    if url is None:
        raise Permanent("this ATS fetches the PDF itself, and we have no public address", code="no_public_url")
    return url


def require_placed(delivery: Delivery, *ids: Literal["candidate_id", "application_id"]) -> Receipt:
    """What an update goes to. Raises Permanent where it was never placed, or its receipt lacks one of the `ids`."""
    placed = delivery.placed
    if placed is None or not all(getattr(placed, name) for name in ids):
        raise Permanent("an update of something never placed", code="not_placed")
    return placed


def file_name(delivery: Delivery) -> str:
    """The PDF's name with the delivery's key in it: a repeat is recognised by it, no ATS compares files."""
    stem = re.sub(r"[^A-Za-z0-9 ._-]+", "_", require_pdf(delivery).file_name.removesuffix(".pdf")).strip(" ._")
    if delivery.key in stem:
        return f"{stem[-_MAX_FILE_NAME:]}.pdf"
    return f"{(stem or 'FactoryFix profile')[: _MAX_FILE_NAME - len(delivery.key) - 5].rstrip()} {delivery.key}.pdf"


def file_name_with_job(delivery: Delivery, *, limit: int = _MAX_FILE_NAME) -> str:
    """For an ATS that keeps files on the person: the job's title too, so that two jobs' files are told apart (R9)."""
    room = limit - len(f"FactoryFix  {delivery.key}.pdf")
    title = ascii_words(delivery.job_title, min(_MAX_TITLE, room))
    return f"FactoryFix {title} {delivery.key}.pdf" if title else f"FactoryFix {delivery.key}.pdf"


def segment(value: str) -> str:
    """One path segment of a URL. Raises Permanent where it could climb to another path."""
    if not value or value in {".", ".."} or len(value) > _MAX_ID:
        raise Permanent("an id of the job link cannot be used in a URL", code="bad_job_id")
    return quote(value, safe="")


def whole_number(value: str, *, what: str) -> int:
    """An id this vendor writes as a number. Raises Permanent before any call where it is none."""
    if not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise Permanent(f"{what} is not a number as this ATS wants it", code=f"bad_{what}")
    return int(value)


def field_names(told: Iterable[object]) -> tuple[str, ...]:
    """Of what an ATS says was refused, only plain names: its texts may quote the person."""
    return tuple(name for name in told if isinstance(name, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,39}", name))


def required_email(delivery: Delivery, *, limit: int = 254) -> str:
    """The candidate's address. Raises Permanent where there is none, or where the ATS would cut it."""
    email = delivery.person.email
    if email is None:
        raise Permanent("this ATS needs an e-mail address", code="missing_email", fields=("email",))
    if len(email) > limit:
        raise Permanent("the e-mail address is longer than this ATS takes", code="email_too_long", fields=("email",))
    return email
