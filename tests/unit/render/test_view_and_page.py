"""What the page says, and that whatever is written in an event stays text on it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from render.digest import content_digest
from render.page import css_text, profile_html
from render.parts import Block, FlowPart, NoticePart, PagesPart, Run, Table
from render.view import profile_view, tone_of
from schemas.events import Application, Assessment, Criterion, JobRef, Screening, Turn
from tests.browser import render_cases as cases

HOSTILE = "</style></title><script>alert(1)</script><img src=x onerror=y>\"'{{ 7*7 }}{% include 'x' %}\x00\u202e"


def page_of(application: Application, **resume: object) -> html.HtmlElement:
    return html.document_fromstring(profile_html(profile_view(application, **resume)))  # type: ignore[arg-type]


def shape(page: html.HtmlElement) -> list[str]:
    """Every element and attribute name, in order: what hostile text must not change. Lines of mixed scripts aside."""
    elements = [one for one in page.iter() if isinstance(one.tag, str) and one.get("class") != "line"]
    return [f"{one.tag} {sorted(one.attrib)}" for one in elements]


def filled(text: str) -> Application:
    return Application(
        application_id="a",
        employer_id="e",
        job=JobRef(id="j", title=text),
        source="direct",
        candidate=cases.person(text, text, email=text, phone=text),
        screening=Screening(transcript=(Turn(speaker=text, at=cases.START, text=text),)),
        assessment=Assessment(
            rating=3,
            summary=text,
            strengths=(text,),
            concerns=(text,),
            criteria=(Criterion(name=text, verdict=text, note=text),),
            model=text,
        ),
        profile_url=text,
    )


def test_hostile_text_changes_nothing_in_the_shape_of_the_page() -> None:
    harmless, attacked = page_of(filled("harmless words")), page_of(filled(HOSTILE))
    assert shape(attacked) == shape(harmless)
    assert "{{ 7*7 }}" in attacked.text_content()
    assert attacked.xpath("//script | //img | //iframe | //link") == []


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_characters="@0123456789"), min_size=1, max_size=100).map(
        lambda text: f"x{text}x"
    )
)
def test_no_text_at_all_changes_the_shape_of_the_page(text: str) -> None:
    assert shape(page_of(filled(text))) == shape(page_of(filled("harmless")))


@given(st.text(max_size=50))
def test_a_css_string_cannot_be_left(text: str) -> None:
    escaped = css_text(text)
    assert not set(escaped) & set("\"'<>;{}\n\r\f")


def test_text_blocks_of_a_resume_stay_text_and_links_stay_links() -> None:
    runs = (Run(text=HOSTILE), Run(text="site", href="https://x.example/?a=1&b=2"))
    part = FlowPart(kind="docx", pieces=(Block(runs=runs), Block(kind="heading", runs=(Run(text="Work"),))))
    page = page_of(cases.application(), resume=part)
    assert page.xpath("//script | //img") == []
    assert page.xpath('//div[@class="flow"]//a/@href') == ["https://x.example/?a=1&b=2"]


def test_r9_the_job_is_named_on_the_first_page_even_without_a_title() -> None:
    application = cases.application(job=JobRef(id="job-77"))
    assert page_of(application).xpath('//p[starts-with(@class, "job")]')[0].text_content() == "Job job-77"


def test_r9_a_title_longer_than_the_first_page_is_cut_there_and_kept_below() -> None:
    title = ("Machinist " * 200).strip()
    view = profile_view(cases.application(job=JobRef(id="j", title=title)))
    assert (len(view.job_title), view.cut) == (300, (("Job title", title),))
    text = page_of(cases.application(job=JobRef(id="j", title=title))).text_content()
    assert text.index("Open the live profile") < text.index(title)
    assert profile_view(cases.application()).cut == ()


@pytest.mark.parametrize(
    ("typed", "shown", "href"),
    [
        ("(414) 555-0137", "+1 414-555-0137", "tel:+14145550137"),
        ("+49 30 901820", "+49 30 901820", "tel:+4930901820"),
        ("ask for Maria", "ask for Maria", None),
        (None, "Not given", None),
    ],
)
def test_a32_a_phone_number_is_shown_as_the_world_dials_it(typed: str | None, shown: str, href: str | None) -> None:
    contact = profile_view(cases.application(candidate=cases.person("Jo", "Park", phone=typed))).contacts[1]
    assert (contact.text, contact.href) == (shown, href)


def test_a31_an_address_is_shown_and_linked_in_one_form() -> None:
    contact = profile_view(cases.application(candidate=cases.person("Jo", "Park", email="Jo@EXAMPLE.Com "))).contacts[0]
    assert (contact.text, contact.href) == ("Jo@example.com", "mailto:Jo@example.com")


@pytest.mark.parametrize(
    ("rating", "words", "fills"),
    [
        (None, "Not rated yet", ""),
        (1.0, "1 of 5", "full empty empty empty empty"),
        (3.5, "3.5 of 5", "full full full half empty"),
        (5.0, "5 of 5", "full full full full full"),
    ],
)
def test_r10_a25_the_stars_are_drawn_and_said(rating: float | None, words: str, fills: str) -> None:
    view = profile_view(cases.application(assessment=cases.assessment(rating)))
    assert (view.rating.words, " ".join(view.rating.fills)) == (words, fills)


@pytest.mark.parametrize(
    ("screening", "words"),
    [
        (None, "Screening not started"),
        (Screening(), "Screening not started"),
        (Screening(responded_at=cases.START), "Screening in progress; first reply 20 Nov 2026, 14:00 UTC"),
        (Screening(completed_at=cases.START), "Screening completed 20 Nov 2026, 14:00 UTC"),
    ],
)
def test_a24_the_state_of_the_screening(screening: Screening | None, words: str) -> None:
    view = profile_view(cases.application(screening=screening))
    assert view.screening_note == words
    assert "not available yet" in view.turns_note


def test_an_empty_assessment_is_none() -> None:
    view = profile_view(cases.application(assessment=Assessment()))
    assert view.assessment is None
    assert view.rating.words == "Not rated yet"


def test_what_ai_made_is_labelled_with_model_and_time() -> None:
    text = page_of(cases.application()).text_content()
    assert text.count("Written by AI (ff-screen-2.4) on 20 Nov 2026, 14:32 UTC") == 2


def test_strengths_beyond_the_first_page_are_not_lost() -> None:
    many = tuple(f"strength number {number} of many" for number in range(12))
    text = page_of(cases.application(assessment=Assessment(strengths=many))).text_content()
    assert [text.count(strength) for strength in many] == [1] * 12


def test_r9_a_long_summary_begins_on_the_first_page_and_stands_whole_in_the_assessment() -> None:
    def paragraphs(summary: str) -> list[str]:
        page = page_of(cases.application(assessment=Assessment(rating=4, summary=summary)))
        return [one.text_content() for one in page.iter("p") if "welder" in one.text_content()]

    long = "steady welder " * 100
    assert paragraphs("A welder.") == ["A welder."]
    first, whole = paragraphs(long)
    assert whole == long.strip()
    assert len(first) <= 901
    assert first.endswith((" steady\u2026", " welder\u2026"))
    assert [len(text) for text in paragraphs("welder" * 300)] == [901, 1_800]
    assert [len(text) for text in paragraphs("A " + "welder" * 300)] == [901, 1_802]


def test_the_foot_of_a_page_keeps_name_and_job_apart_where_letters_run_the_other_way() -> None:
    def foot(name: str, title: str) -> str:
        person = cases.person(name, None)
        return profile_view(cases.application(candidate=person, job=JobRef(id="j", title=title))).running_name

    assert foot("Maria", "Welder") == "Maria \u00b7 Welder"
    assert foot("\u05d9\u05d5\u05e1\u05e3", "CNC") == "\u2068\u05d9\u05d5\u05e1\u05e3\u2069 \u00b7 \u2068CNC\u2069"
    assert len(foot("\u05d9" * 90, "Welder" * 90)) <= 70


def test_a_finding_is_said_in_words_of_people() -> None:
    page = page_of(cases.application(assessment=Assessment(criteria=(Criterion(name="x", verdict="not_met"),))))
    assert [one.text_content() for one in page.iter("td")][1] == "not met"


@pytest.mark.parametrize(("words", "whole"), [(("qualification", "yes"), True), (("w" * 60, "x" * 21), False)])
def test_a_table_that_fits_does_not_break_its_words(words: tuple[str, str], *, whole: bool) -> None:
    row = tuple((Block(runs=(Run(text=f"a {word} b"),)),) for word in words)
    page = page_of(cases.application(), resume=FlowPart(kind="docx", pieces=(Table(rows=(row, row[:1])),)))
    tables = [one for one in page.iter("table") if "criteria" not in one.get("class", "")]
    assert [one.get("class") for one in tables] == ["whole" if whole else ""]


def test_turns_stay_in_the_order_of_the_event() -> None:
    later_first = (
        Turn(speaker="candidate", at=cases.START + timedelta(hours=1), text="first said"),
        Turn(speaker="recruiter", at=cases.START, text="then said"),
        Turn(speaker="", text=""),
    )
    view = profile_view(cases.application(screening=Screening(transcript=later_first)))
    assert [turn.text for turn in view.turns] == ["first said", "then said", "(no text)"]
    assert (view.turns[2].speaker, view.turns[2].at) == ("Unknown speaker", "time not recorded")


def test_the_live_link_works_only_as_a_web_address() -> None:
    assert profile_view(cases.application(profile_url="javascript:alert(1)")).profile_href is None
    assert profile_view(cases.application()).profile_href == cases.LINK


def test_the_document_is_dated_by_its_content() -> None:
    assert profile_view(cases.application()).content_at == cases.START + timedelta(hours=1)
    bare = cases.application(occurred_at=None, screening=None, assessment=None)
    assert profile_view(bare).content_at is None
    assert profile_view(cases.application()).content_at != datetime(2026, 1, 1, tzinfo=UTC)


def test_the_content_digest_follows_the_content() -> None:
    same = [content_digest(profile_view(cases.application())) for _ in range(2)]
    other = content_digest(profile_view(cases.application(profile_url="https://x.example")))
    resume = content_digest(profile_view(cases.application(), resume=PagesPart(kind="pdf", pdf=b"x", pages=1)))
    assert len({same[0], other, resume}) == 3
    assert same[0] == same[1]


def test_no_person_is_in_any_repr() -> None:
    view = profile_view(cases.application(), resume=FlowPart(kind="text", pieces=(Block(runs=(Run(text="secret"),)),)))
    shown = f"{view!r} {view.resume!r} {NoticePart(code='damaged')!r}"
    for secret in ("Maria", "example.com", "secret", "Fanuc"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("verdict", "tone"),
    [("Met", "good"), ("not met", "bad"), ("PARTIAL", "mixed"), ("5 years", "plain"), ("", "plain")],
)
def test_tones_of_verdicts(verdict: str, tone: str) -> None:
    assert tone_of(verdict) == tone
