"""How Merge answers: what was made, with what it warns of; what was wrong, each with its problem type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.sandbox.wire import Answer, as_json

if TYPE_CHECKING:
    from adapters.sandbox.shape import Problem

_DETAILS: Final = {
    401: "Invalid token.",
    404: "Not found.",
    405: "Method not allowed.",
    429: "Request was throttled.",
}
_TYPES: Final = {"missing": "MISSING_REQUIRED_FIELD", "unknown": "UNRECOGNIZED_FIELD", "choice": "INVALID_FIELD_CHOICE"}
Words = dict[str, Any]


def made(row: Words, warnings: list[Words]) -> Answer:
    return as_json({"model": row, "warnings": warnings, "errors": []}, 201)


def error(status: int, words: str) -> Answer:
    """Outside the ATS behind it: the plain `detail`; a permission that is missing there has its own type."""
    if status == 403:  # noqa: PLR2004
        return refusal("MISSING_PERMISSION", words or "The credentials lack a permission", status=403)
    return as_json({"detail": words or _DETAILS.get(status, "A server error occurred.")}, status)


def refusal(kind: str, detail: str, *, pointer: str | None = None, status: int = 400) -> Answer:
    return as_json({"warnings": [], "errors": [issue(kind, detail, pointer)]}, status)


def invalid(problems: list[Problem]) -> Answer:
    issues = [issue(kind_of(one), f"{one.path} {one.text}", pointer_to(one.path)) for one in problems]
    return as_json({"warnings": [], "errors": issues}, 400)


def kind_of(problem: Problem) -> str:
    return _TYPES.get(problem.fault, "INCORRECT_FIELD_TYPE")


def pointer_to(path: str) -> str:
    return "/" + path.replace(".", "/").replace("[", "/").replace("]", "")


def issue(kind: str, detail: str, pointer: str | None = None) -> Words:
    told: Words = {"title": kind.replace("_", " ").title(), "detail": detail, "problem_type": kind}
    return told if pointer is None else {**told, "source": {"pointer": pointer}}
