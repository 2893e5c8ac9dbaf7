"""The whole error tree, each class named for what the caller does next.

No message ever carries people's data or a reply's body: a message says which call, which field, which status.
"""

from __future__ import annotations

from typing import Literal


class AtsSyncError(Exception):
    """Root of everything this service raises on purpose."""


class ConfigError(AtsSyncError):
    """Do not start, or do not accept this configuration; the message says what to change."""


class NotThere(ConfigError):  # noqa: N818 - named for what it is
    """What somebody named is not known here; the message says where the known ones are listed."""


class Unreachable(AtsSyncError):  # noqa: N818
    """A service we need does not answer; the message says which, and which setting names it."""


class BadEvent(AtsSyncError):  # noqa: N818 - named for what it is, not for being an exception
    """A record that cannot be used: write it to the dead letters with `code` and the field's `path`."""

    def __init__(self, code: str, message: str, *, path: str = "$") -> None:
        super().__init__(f"{code} at {path}: {message}")
        self.code = code
        self.path = path
        self.message = message


class DeliveryError(AtsSyncError):
    """Root of what one attempt at one delivery can end in, other than success."""

    kind: Literal["transient", "permanent", "unauthorized", "job_closed", "unknown"]


class Transient(DeliveryError):  # noqa: N818
    """Surely not applied by the ATS (could not connect, 429, a 503 that says so): again later, no attempt spent.

    `retry_after_s` is what the ATS asked for; `throttled` says that it applies to the whole connection.
    """

    kind = "transient"

    def __init__(self, message: str, *, retry_after_s: float | None = None, throttled: bool = False) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.throttled = throttled


class Permanent(DeliveryError):  # noqa: N818
    """The ATS refused this delivery for good (validation, too large): stop, tell a person. `code` is our own."""

    kind = "permanent"

    def __init__(self, message: str, *, code: str = "refused", fields: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.fields = fields


class Unauthorized(DeliveryError):  # noqa: N818
    """The ATS no longer accepts the connection's credentials or permissions: pause the connection (A38)."""

    kind = "unauthorized"


class JobClosed(DeliveryError):  # noqa: N818
    """The linked job takes no more applications in the ATS: hold as job_closed, one issue per job (A37)."""

    kind = "job_closed"


class Unknown(DeliveryError):  # noqa: N818
    """It may have landed: look before sending again (A40)."""

    kind = "unknown"


class RenderError(AtsSyncError):
    """The profile could not be rendered in time; `code` says at which stage. Retried on a fresh slot by the caller."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class Fenced(AtsSyncError):  # noqa: N818
    """Another worker owns this delivery now: write evidence, change nothing."""
