"""PDF/UA-1 as veraPDF, its reference checker, judges it: issue 5, point 6."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pikepdf
import pytest

from render.renderer import ProfileRenderer
from schemas.events import Resume
from tests.browser import render_cases as cases
from tests.browser.render_files import image_file, pdf_file, saved
from tests.browser.render_golden import CASES, RESUMES
from tests.browser.render_running import BUDGET_BYTES
from tests.verapdf.judge import Judge, judging

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.jdk,
]

Broken = Callable[[bytes], set[str]]

_CLAIM_MISSING = "5-1"


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with judging() as ready:
        yield ready


@pytest.fixture
def broken(judge: Judge, tmp_path: Path) -> Broken:
    """The rules a document breaks."""

    def ask(pdf: bytes) -> set[str]:
        path = tmp_path / "profile.pdf"
        path.write_bytes(pdf)
        verdict = judge.verdict(path)
        assert verdict.checks > 1_000
        assert verdict.compliant == (not verdict.failed)
        return verdict.rules

    return ask


@pytest.mark.parametrize("name", CASES)
async def test_the_profile_breaks_no_rule(renderer: ProfileRenderer, broken: Broken, name: str) -> None:
    made = await renderer.render(CASES[name], budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == set()


async def test_a_talk_of_500_breaks_no_rule(renderer: ProfileRenderer, broken: Broken) -> None:
    made = await renderer.render(cases.long_talk(500), budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == set()


@pytest.mark.parametrize("name", RESUMES)
async def test_a_resume_that_we_set_or_a_notice_breaks_no_rule(
    renderer: ProfileRenderer, broken: Broken, name: str
) -> None:
    made = await renderer.render(cases.application(), resume_bytes=RESUMES[name], budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == set()


async def test_a_resume_over_the_budget_or_never_downloaded_breaks_no_rule(
    renderer: ProfileRenderer, broken: Broken
) -> None:
    bare = await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)
    tight = len(bare.content) + 5_000
    over = await renderer.render(cases.application(), resume_bytes=pdf_file(300), budget_bytes=tight)
    elsewhere = cases.application(resume=Resume(filename="cv.pdf", url="https://files.example/cv.pdf"))
    refused = await renderer.render(elsewhere, budget_bytes=BUDGET_BYTES)
    assert (over.notices, refused.notices) == (("resume_over_budget",), ("resume_refused_address",))
    assert broken(over.content) | broken(refused.content) == set()


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("tags", "7.1-11"),
        ("language", "7.2-34"),
        ("alt", "7.3-1"),
        ("title", "7.1-10"),
        ("claim", "5-1"),
        ("artifacts", "7.1-3"),
        ("links", "7.18.5-2"),
    ],
)
async def test_the_judge_can_say_no(renderer: ProfileRenderer, broken: Broken, name: str, rule: str) -> None:
    made = await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        _WITHOUT[name](document)
        assert rule in broken(saved(document))


def _without(key: str) -> Callable[[pikepdf.Pdf], None]:
    def take_out(document: pikepdf.Pdf) -> None:
        del document.Root[key]

    return take_out


def _without_alt(document: pikepdf.Pdf) -> None:
    for thing in document.objects:
        if isinstance(thing, pikepdf.Dictionary) and "/Alt" in thing:
            del thing.Alt


def _without_claim(document: pikepdf.Pdf) -> None:
    metadata = document.Root.Metadata
    metadata.write(metadata.read_bytes().replace(b"<pdfuaid:part>1</pdfuaid:part>", b""))


def _without_artifacts(document: pikepdf.Pdf) -> None:
    contents = document.pages[0].obj.Contents
    contents.write(contents.read_bytes().replace(b"/Artifact BMC", b"/Nothing BMC"))


def _without_words_for_a_link(document: pikepdf.Pdf) -> None:
    del document.pages[0].obj.Annots[0].Contents


_WITHOUT: Final = {
    "tags": _without("/StructTreeRoot"),
    "language": _without("/Lang"),
    "alt": _without_alt,
    "title": _without("/ViewerPreferences"),
    "claim": _without_claim,
    "artifacts": _without_artifacts,
    "links": _without_words_for_a_link,
}


async def test_pages_of_a_strangers_pdf_are_tagged_and_break_only_what_is_the_strangers(
    renderer: ProfileRenderer, broken: Broken
) -> None:
    """Helvetica is not in that file; the rest, and links in such pages, are ours to tag."""
    made = await renderer.render(cases.application(), resume_bytes=pdf_file(3), budget_bytes=BUDGET_BYTES)
    own = await renderer.render(cases.right_to_left(), budget_bytes=BUDGET_BYTES)
    twice = await renderer.render(cases.application(), resume_bytes=own.content, budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == {_CLAIM_MISSING, "7.21.4.1-1"}
    assert broken(twice.content) == {_CLAIM_MISSING}


async def test_pages_of_a_picture_are_figures(renderer: ProfileRenderer, broken: Broken) -> None:
    made = await renderer.render(cases.application(), resume_bytes=image_file("JPEG"), budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == {_CLAIM_MISSING}


async def test_no_claim_where_an_empty_box_stands_for_a_letter(renderer: ProfileRenderer, broken: Broken) -> None:
    """U+0378 belongs to no script, so no font has it."""
    made = await renderer.render(cases.application(candidate=cases.person("Jo", "\u0378")), budget_bytes=BUDGET_BYTES)
    assert broken(made.content) == {_CLAIM_MISSING, "7.21.7-1", "7.21.8-1"}
