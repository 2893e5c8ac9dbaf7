"""The finished document, judged by the text in it: docs/rules.md R9, R10, R13, A24 to A30."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from render.fetch import FetchFailed, FetchRefused
from render.renderer import ProfileRenderer, RenderSettings
from render.verify import verify
from schemas.errors import RenderError
from schemas.events import JobRef, Resume
from tests.browser import render_cases as cases
from tests.browser.render_files import docx_file, image_file, odt_file, paragraph, pdf_file, saved
from tests.browser.render_running import BUDGET_BYTES, page_texts, running, squeezed, text_of

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_r10_page_one_answers_and_everything_follows(renderer: ProfileRenderer) -> None:
    application = cases.application()
    made = await renderer.render(application, resume_bytes=pdf_file(3), budget_bytes=BUDGET_BYTES)
    pages = page_texts(made.content)
    for wanted in ("Maria López Herrera", "CNC Machinist, 2nd shift", "4.5 of 5", "maria.lopez@example.com", "+1 414"):
        assert wanted in pages[0]
    assert application.assessment
    for strength in application.assessment.strengths:
        assert strength in pages[0]
    assert "Written by AI (ff-screen-2.4) on 20 Nov 2026, 14:32 UTC" in pages[0]
    assert [f"Resume page {n}" in pages[-4 + n] for n in (1, 2, 3)] == [True] * 3
    assert made.pages == len(pages)
    assert made.sha256 == hashlib.sha256(made.content).hexdigest()
    assert made.notices == ()
    assert _links(made.content) >= {cases.LINK, "mailto:maria.lopez@example.com", "tel:+14145550137"}


async def test_r9_whatever_is_long_the_first_page_answers(renderer: ProfileRenderer) -> None:
    """Who, for which job, stars, why, contact and link: a title of 2,000 characters must not push them away."""
    extreme = cases.application(
        candidate=cases.person("Maria " * 300, "López " * 300, phone="+1 414 555 0137 " * 100),
        job=JobRef(id="job-77", title="CNC Machinist " * 140),
    )
    made = await renderer.render(extreme, resume_bytes=pdf_file(2), budget_bytes=BUDGET_BYTES)
    pages = page_texts(made.content)
    reason = cases.assessment().strengths[0][:40]
    for wanted in (
        "Maria Maria",
        "CNC Machinist CNC",
        "4.5 of 5 stars",
        reason,
        "maria.lopez@",
        "Open the live profile",
    ):
        assert wanted in pages[0]
    assert " ".join(pages).count("López") == 300  # the shortened name ends before the family name
    assert f"Profile page 1 of {made.pages - 2}" in pages[0]


async def test_r10_the_assessment_is_there_in_full(renderer: ProfileRenderer) -> None:
    assessment = cases.assessment()
    text = text_of((await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)).content)
    said = [assessment.summary, *assessment.concerns, *(criterion.note for criterion in assessment.criteria)]
    assert [part for part in said if part and part not in text] == []


async def test_r10_every_turn_of_a_long_talk_in_order(renderer: ProfileRenderer) -> None:
    application = cases.long_talk(500)
    text = text_of((await renderer.render(application, budget_bytes=BUDGET_BYTES)).content)
    places = [text.find(f"Message {number}. I ran") for number in range(1, 501)]
    assert -1 not in places
    assert places == sorted(places)
    assert text.count("recruiter ·") == text.count("candidate ·") == 250
    assert "21 Nov 2026, 14:57" in text


async def test_r13_nothing_of_another_job(renderer: ProfileRenderer) -> None:
    other = cases.application(
        application_id="app-other",
        job=JobRef(id="job-78", title="Welder"),
        screening=cases.screening((("a", "ONLY-B"),)),
    )
    await renderer.render(other, budget_bytes=BUDGET_BYTES)
    mine = await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)
    assert "ONLY-B" not in text_of(mine.content)
    assert "Welder" not in text_of(mine.content)


async def test_a24_a25_a28_what_is_not_known_yet_is_said(renderer: ProfileRenderer) -> None:
    text = text_of((await renderer.render(cases.unrated(), budget_bytes=BUDGET_BYTES)).content)
    for wanted in ("Not rated yet", "Screening not started", "not available yet", "No resume on file"):
        assert wanted in text
    assert "0 of 5" not in text


async def test_scripts_of_the_world_and_unbroken_words_are_all_there(renderer: ProfileRenderer) -> None:
    right_to_left = await renderer.render(cases.right_to_left(), budget_bytes=BUDGET_BYTES)
    unbroken = await renderer.render(cases.unbroken(), budget_bytes=BUDGET_BYTES)
    text = text_of(right_to_left.content)
    for letter in "\u0623\u05e9\u6211\u0939\U0001f44d":
        assert letter in text
    assert squeezed(text_of(unbroken.content)).count("W" * 300) >= 6


async def test_an_english_sentence_that_begins_with_an_arabic_name_ends_with_its_full_stop(
    renderer: ProfileRenderer,
) -> None:
    application = cases.application(assessment=cases.assessment_of("أحمد has six years on mills."), screening=None)
    made = await renderer.render(application, budget_bytes=BUDGET_BYTES)
    words = pypdfium2.PdfDocument(made.content)[0].get_textpage()
    search, right_of_it = words.search("mills"), []
    while place := search.get_next():
        right_of_it.append(words.get_text_range(place[0] + place[1], 1))
    assert right_of_it == ["."] * 4


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        pytest.param(docx_file(paragraph("Docx words")), "Docx words", id="docx"),
        pytest.param(odt_file("<text:p>Odt words</text:p>"), "Odt words", id="odt"),
        pytest.param(rb"{\rtf1\ansi Rtf words\par}", "Rtf words", id="rtf"),
        pytest.param(b"<html><body><p>Html words</p></body></html>", "Html words", id="html"),
        pytest.param("Pläin wörds".encode("cp1252"), "Pläin wörds", id="text"),
        pytest.param("Wide words".encode("utf-16"), "Wide words", id="utf-16"),
    ],
)
async def test_a30_text_resumes_are_set_in_the_document(renderer: ProfileRenderer, content: bytes, wanted: str) -> None:
    made = await renderer.render(cases.application(), resume_bytes=content, budget_bytes=BUDGET_BYTES)
    assert wanted in text_of(made.content)
    assert made.notices == ()


async def test_a30_pictures_become_pages(renderer: ProfileRenderer) -> None:
    bare = await renderer.render(cases.application(), budget_bytes=BUDGET_BYTES)
    for kind in ("JPEG", "PNG", "TIFF", "GIF", "WEBP"):
        made = await renderer.render(cases.application(), resume_bytes=image_file(kind), budget_bytes=BUDGET_BYTES)
        assert (made.pages, made.notices) == (bare.pages + 1, ()), kind


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.7 nothing more", "resume_damaged"),
        (b"", "resume_empty"),
        (bytes(range(256)) * 8, "resume_unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "resume_legacy_word"),
        (b"PK\x03\x04 no zip at all", "resume_damaged"),
    ],
)
async def test_a30_what_cannot_be_shown_becomes_a_notice(renderer: ProfileRenderer, content: bytes, code: str) -> None:
    made = await renderer.render(cases.application(), resume_bytes=content, budget_bytes=BUDGET_BYTES)
    text = text_of(made.content)
    assert made.notices == (code,)
    assert "The resume is not shown in this document." in text
    assert cases.LINK in squeezed(text)


@pytest.mark.parametrize("sandbox", [pytest.param("true", marks=pytest.mark.chromium_sandbox), "false"])
async def test_the_same_content_gives_the_same_bytes_in_another_process(
    renderer: ProfileRenderer, chromium_path: Path, sandbox: str
) -> None:
    application = cases.with_resume(base64.b64encode(pdf_file(2)).decode())
    first = await renderer.render(application, budget_bytes=BUDGET_BYTES)
    await renderer.render(cases.right_to_left(), budget_bytes=BUDGET_BYTES)
    again = await renderer.render(application, budget_bytes=BUDGET_BYTES)
    assert first.content == again.content
    assert await _elsewhere(chromium_path, sandbox) == first.sha256


async def _elsewhere(chromium: Path, sandbox: str) -> str:
    """The digest of the same profile, made by another process after documents of other people."""
    environment = os.environ | {"ATS_SYNC_CHROMIUM_SANDBOX": sandbox}
    command = [sys.executable, "-c", _ELSEWHERE, str(chromium)]
    other = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    said, _ = await other.communicate()
    return said.decode().strip()


async def test_the_manifest_names_its_origin_and_shows_any_change(renderer: ProfileRenderer) -> None:
    made = await renderer.render(cases.application(), resume_bytes=pdf_file(), budget_bytes=BUDGET_BYTES)
    judged = verify(made.content)
    assert (judged.intact, judged.application_id, judged.model) == (True, "app-8c1f", "ff-screen-2.4")
    assert judged.engine
    for place in (100, len(made.content) // 2, len(made.content) - 10):
        changed = bytearray(made.content)
        changed[place] ^= 1
        assert not verify(bytes(changed)).intact


async def test_the_size_budget_costs_pictures_then_the_resume_and_never_the_talk(renderer: ProfileRenderer) -> None:
    noise = io.BytesIO()
    from PIL import Image  # noqa: PLC0415 - only this test needs noise

    Image.effect_noise((2_400, 3_300), 90).convert("RGB").save(noise, "JPEG", quality=95)
    whole = await renderer.render(cases.application(), resume_bytes=noise.getvalue(), budget_bytes=BUDGET_BYTES)
    less = await renderer.render(
        cases.application(), resume_bytes=noise.getvalue(), budget_bytes=len(whole.content) // 2
    )
    least = await renderer.render(cases.application(), resume_bytes=noise.getvalue(), budget_bytes=100_000)
    with pytest.raises(RenderError) as caught:
        await renderer.render(cases.application(), resume_bytes=noise.getvalue(), budget_bytes=10_000)
    assert (less.notices, less.pages) == (("resume_shrunk",), whole.pages)
    assert least.notices == ("resume_over_budget",)
    assert cases.TALK[-1][1] in text_of(least.content)
    assert caught.value.code == "over_budget"


async def test_resumes_by_address(chromium_path: Path) -> None:
    content = pdf_file()
    digest = hashlib.sha256(content).hexdigest()
    answers: dict[str, bytes | Exception] = {
        "https://files.example/good": content,
        "https://files.example/other": b"another file",
        "https://files.example/down": FetchFailed("no answer"),
        "https://files.example/no": FetchRefused("refused_address", "not on the list"),
    }

    async def fetch(address: str) -> bytes:
        answer = answers[address]
        if isinstance(answer, Exception):
            raise answer
        return answer

    seen = {}
    async with running(chromium_path, fetch=fetch) as renderer:
        for address in answers:
            application = cases.application(resume=Resume(url=address, sha256=digest))
            made = await renderer.render(application, budget_bytes=BUDGET_BYTES)
            seen[address.rpartition("/")[2]] = made.notices
    assert seen == {
        "good": (),
        "other": ("resume_hash_mismatch",),
        "down": ("resume_not_downloaded",),
        "no": ("resume_refused_address",),
    }


async def test_an_unreachable_resume_can_be_waited_for(chromium_path: Path) -> None:
    async def fetch(address: str) -> bytes:
        raise FetchFailed("no answer")

    application = cases.application(resume=Resume(url="https://files.example/down"))
    async with running(chromium_path, RenderSettings(unreachable="raise"), fetch) as renderer:
        with pytest.raises(RenderError) as caught:
            await renderer.render(application, budget_bytes=BUDGET_BYTES)
    assert caught.value.code == "resume_fetch"


async def test_bookmarks_lead_to_every_part(renderer: ProfileRenderer) -> None:
    made = await renderer.render(cases.application(), resume_bytes=pdf_file(2), budget_bytes=BUDGET_BYTES)
    with pikepdf.open(io.BytesIO(made.content)) as document, document.open_outline() as outline:
        titles = [item.title for top in outline.root for item in (top, *top.children)]
    for wanted in ("Why this candidate", "Assessment", "Screening conversation", "Resume", "Resume as received"):
        assert wanted in titles


async def test_a_form_in_a_resume_keeps_what_was_typed(renderer: ProfileRenderer) -> None:
    made = await renderer.render(cases.application(), resume_bytes=_form(), budget_bytes=BUDGET_BYTES)
    assert "typed into the form" in text_of(made.content)


def _form() -> bytes:
    with pikepdf.open(io.BytesIO(pdf_file())) as document:
        page = document.pages[0].obj
        font = page.Resources.Font.F1
        fields = pikepdf.Dictionary(Font=pikepdf.Dictionary(Helv=font))
        box = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T=pikepdf.String("name"), F=4,
                V=pikepdf.String("typed into the form"), DA=pikepdf.String("/Helv 12 Tf 0 g"),
                Rect=pikepdf.Array([60, 600, 400, 630]),
            )
        )  # fmt: skip
        page.Annots = pikepdf.Array([box])
        document.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array([box]), DR=fields, DA=pikepdf.String("/Helv 12 Tf 0 g"), NeedAppearances=True
        )
        return saved(document)


def _links(pdf: bytes) -> set[str]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        notes = [note for page in document.pages for note in page.obj.get("/Annots", [])]
        return {str(note.A.URI) for note in notes if "/A" in note and "/URI" in note.A}


_ELSEWHERE = """
import asyncio, base64, sys
from pathlib import Path
from tests.browser import render_cases as cases
from tests.browser.render_files import pdf_file
from tests.browser.render_running import BUDGET_BYTES, running

async def main():
    async with running(Path(sys.argv[1])) as renderer:
        for other in (cases.unbroken(), cases.unrated(), cases.long_talk(30)):
            await renderer.render(other, budget_bytes=BUDGET_BYTES)
        application = cases.with_resume(base64.b64encode(pdf_file(2)).decode())
        print((await renderer.render(application, budget_bytes=BUDGET_BYTES)).sha256)

asyncio.run(main())
"""
