"""What PDF/UA-1 asks of the profile part and a machine can check: by our own eyes, and by two outside judges."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfua
import pikepdf
import pytest

from render.renderer import ProfileRenderer
from schemas.events import Application
from tests.browser import render_cases as cases
from tests.browser.render_files import pdf_file
from tests.browser.render_golden import CASES, RESUMES
from tests.browser.render_running import BUDGET_BYTES

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAINTS = {"Tj", "TJ", "'", '"', "f", "F", "f*", "S", "s", "B", "B*", "b", "b*", "sh", "Do"}
STANDARD = {
    "/Document", "/NonStruct", "/Div", "/Sect", "/Art", "/Part", "/P", "/Span", "/H1", "/H2", "/H3", "/Link", "/Figure",
    "/Table", "/TR", "/TH", "/TD", "/THead", "/TBody", "/Annot",
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Application:
    return CASES[request.param]


async def test_everything_painted_is_tagged_or_an_artifact(renderer: ProfileRenderer, case: Application) -> None:
    made = await renderer.render(case, budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        for page in document.pages:
            assert _painted_outside(page) == []


async def test_outside_judges_find_no_error(renderer: ProfileRenderer, case: Application, tmp_path: Path) -> None:
    made = await renderer.render(case, budget_bytes=BUDGET_BYTES)
    assert judged(made.content, tmp_path) == []


@pytest.mark.parametrize("resume", RESUMES.values(), ids=RESUMES)
async def test_outside_judges_find_no_error_with_a_resume_set_by_us(
    renderer: ProfileRenderer, resume: bytes | None, tmp_path: Path
) -> None:
    made = await renderer.render(cases.application(), resume_bytes=resume, budget_bytes=BUDGET_BYTES)
    assert judged(made.content, tmp_path) == []


async def test_the_outside_judges_can_say_no(renderer: ProfileRenderer, tmp_path: Path) -> None:
    made = await renderer.render(cases.application(), resume_bytes=pdf_file(), budget_bytes=BUDGET_BYTES)
    assert judged(made.content, tmp_path) != []


def judged(pdf: bytes, folder: Path) -> list[str]:
    """The errors of `outloud` and `pdfua`. Both know a part of PDF/UA-1 only."""
    path = folder / "profile.pdf"
    path.write_bytes(pdf)
    outloud: Any = importlib.import_module("outloud")  # it has no types
    seen = outloud.check(str(path))
    assert not seen.error
    found = [f"{one.rule}: {one.message}" for one in seen.findings if one.severity == "error"]
    return found + [f"{one.rule_id}: {one.message}" for one in pdfua.validate(str(path)).findings]


async def test_the_document_says_what_it_is(renderer: ProfileRenderer, case: Application) -> None:
    made = await renderer.render(case, budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        assert document.pdf_version == "1.7"
        assert document.Root.Lang == "en"
        assert document.Root.MarkInfo.Marked
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo.Title).endswith("FactoryFix profile")
        assert b"<pdfuaid:part>1</pdfuaid:part>" in document.Root.Metadata.read_bytes()
        assert all(page.obj.Tabs == "/S" for page in document.pages if "/Annots" in page.obj)


async def test_every_tag_is_standard_or_mapped_and_every_drawing_has_words(renderer: ProfileRenderer) -> None:
    made = await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        root = document.Root.StructTreeRoot
        elements = list(_elements(root.K))
        kinds = {str(one.S) for one in elements}
        assert kinds - STANDARD - set(root.RoleMap.keys()) == set()
        figures = [one for one in elements if one.S == "/Figure"]
        assert [str(one.Alt) for one in figures] == ["4.5 out of 5 stars"]
        headers = [one for one in elements if one.S == "/TH"]
        assert len(headers) == 3 + 4
        notes = [note for page in document.pages for note in page.obj.get("/Annots", [])]
        assert notes
        assert all("/Contents" in note for note in notes)


async def test_with_a_foreign_resume_the_claim_is_dropped(renderer: ProfileRenderer) -> None:
    made = await renderer.render(cases.application(), resume_bytes=pdf_file(), budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document:
        assert b"pdfuaid:part" not in document.Root.Metadata.read_bytes()
        assert document.Root.Lang == "en"
        assert "/StructTreeRoot" in document.Root


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Object]:
    for one in node if isinstance(node, pikepdf.Array) else [node]:
        if isinstance(one, pikepdf.Dictionary) and "/S" in one:
            yield one
            if "/K" in one:
                yield from _elements(one.K)


def _painted_outside(page: pikepdf.Page) -> list[str]:
    depth, outside = 0, []
    for instruction in pikepdf.parse_content_stream(page):
        operator = str(instruction.operator)
        depth += (operator in {"BDC", "BMC"}) - (operator == "EMC")
        if depth == 0 and operator in PAINTS:
            outside.append(operator)
    return outside
