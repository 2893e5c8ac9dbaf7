"""The shapes in which a resume travels from the limited child to the page: pages, text blocks, a notice, or nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.reticent import Reticent

NoticeCode = Literal[
    "password",
    "damaged",
    "unsupported",
    "legacy_word",
    "empty",
    "too_large",
    "too_many_pages",
    "too_complex",
    "not_downloaded",
    "refused_address",
    "hash_mismatch",
    "announced",
    "over_budget",
]


class Run(Reticent, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of one line in one style; `href` only https or mailto."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str | None = None


BlockKind = Literal["heading", "paragraph", "item", "pre"]


class Block(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="block"):
    """A paragraph, heading, list item or preformatted text."""

    kind: BlockKind = "paragraph"
    runs: tuple[Run, ...] = ()
    level: Annotated[int, Meta(ge=0, le=8)] = 0

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


class Table(Struct, frozen=True, kw_only=True, tag="table"):
    """Rows of cells, each cell a tuple of blocks. Nested tables are unrolled into blocks."""

    rows: tuple[tuple[tuple[Block, ...], ...], ...]


class Picture(Reticent, frozen=True, kw_only=True, tag="picture"):
    """A picture inside a text resume, already decoded and encoded again by us."""

    media_type: Literal["image/jpeg", "image/png"]
    content_base64: str


Piece = Block | Table | Picture


class FlowPart(Reticent, frozen=True, kw_only=True, tag="flow"):
    """A resume as text, to be set in our own type: DOCX, RTF, ODT, HTML, plain text."""

    shown = ("kind",)

    kind: str
    pieces: tuple[Piece, ...]


class PagesPart(Reticent, frozen=True, kw_only=True, tag="pages"):
    """A resume as safe PDF pages, to be appended as they are. `repaired` says that the file was damaged."""

    shown = ("kind", "pages")

    kind: str
    pdf: bytes
    pages: int
    repaired: bool = False


class NoticePart(Struct, frozen=True, kw_only=True, tag="notice"):
    """The resume cannot be shown, and why."""

    code: NoticeCode


class AbsentPart(Struct, frozen=True, kw_only=True, tag="absent"):
    """There is no resume on file."""


ResumePart = FlowPart | PagesPart | NoticePart | AbsentPart

NOTICES: dict[NoticeCode, str] = {
    "password": "The file is locked by a password or a certificate, so it cannot be opened here.",
    "damaged": "The file is damaged and cannot be opened.",
    "unsupported": "The file is of a kind that cannot be shown here.",
    "legacy_word": "The file is an old Word document (.doc), a format that cannot be shown here.",
    "empty": "The file is empty.",
    "too_large": "The file is larger than this document may carry.",
    "too_many_pages": "The file has more pages than this document may carry.",
    "too_complex": "The file took too much time or memory to open, so opening it was stopped.",
    "not_downloaded": "The file could not be downloaded when this document was made.",
    "refused_address": "The file is stored at an address this service does not download from.",
    "hash_mismatch": "The file that was downloaded is not the file the candidate sent.",
    "announced": "The candidate's resume is not available yet.",
    "over_budget": "With the file this document would be larger than the applicant tracking system accepts.",
}


class Refused(Exception):  # noqa: N818 - not a fault: it becomes a notice page
    """A file that cannot be shown; `code` says which notice stands in its place."""

    def __init__(self, code: NoticeCode) -> None:
        super().__init__(code)
        self.code = code
