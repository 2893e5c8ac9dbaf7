"""Made-up people for the profile's golden cases and its gallery; each stands for a case of docs/rules.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import structs

from schemas.events import Application, Assessment, Candidate, Criterion, JobRef, Resume, Screening, Turn

START: Final = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
LINK: Final = "https://app.factoryfix.example/profiles/8c1f?v=2"

TALK: Final = (
    (
        "recruiter",
        "Hi Maria, thanks for applying to the CNC Machinist role. Do you have ten minutes for a few questions?",
    ),
    ("candidate", "Yes, sure! I'm on my break now \U0001f642"),
    ("recruiter", "Great. Which controls have you run, and do you set up on your own?"),
    (
        "candidate",
        (
            "Fanuc and Haas mostly, six years. I do my own setups on 3-axis mills, and first-article inspection.\n"
            "I have started on 5-axis this year."
        ),
    ),
    ("recruiter", "The role is second shift, 3 pm to 11:30 pm. Does that work for you?"),
    ("candidate", "Second shift is what I prefer. I can start in two weeks."),
    ("recruiter", "Last one: have you worked in an AS9100 shop, or with another quality system?"),
    ("candidate", "ISO 9001, not AS9100. But I write my own inspection sheets, so I don't expect a problem."),
)


def screening(turns: tuple[tuple[str, str], ...] = TALK) -> Screening:
    transcript = tuple(
        Turn(speaker=speaker, at=START + timedelta(minutes=3 * number), text=text)
        for number, (speaker, text) in enumerate(turns)
    )
    return Screening(responded_at=START, completed_at=START + timedelta(minutes=3 * len(turns)), transcript=transcript)


def assessment(rating: float | None = 4.5) -> Assessment:
    return Assessment(
        rating=rating,
        summary=(
            "Maria has six years on Fanuc and Haas controls and sets up 3-axis machines on her own, including "
            "first-article inspection. She prefers second shift and can start in two weeks. Her 5-axis experience is "
            "recent, and she has not worked under AS9100."
        ),
        strengths=(
            "Six years running Fanuc and Haas controls, with her own setups on 3-axis mills",
            "Does first-article inspection and writes her own inspection sheets",
            "Prefers second shift and can start in two weeks",
        ),
        concerns=(
            "5-axis experience is less than a year: ask for the parts she has run",
            "Has not worked in an AS9100 shop",
        ),
        criteria=(
            Criterion(name="3+ years of CNC milling", verdict="met", note="Six years, on Fanuc and Haas controls."),
            Criterion(
                name="Sets up without help", verdict="met", note="On 3-axis mills, with first-article inspection."
            ),
            Criterion(name="5-axis experience", verdict="partial", note="Started this year."),
            Criterion(name="AS9100", verdict="not met", note="ISO 9001 only; writes her own inspection sheets."),
        ),
        model="ff-screen-2.4",
        at=START + timedelta(minutes=32, seconds=10),
    )


def assessment_of(text: str) -> Assessment:
    """Everything it says is `text`."""
    return Assessment(
        rating=4,
        summary=text,
        strengths=(text,),
        concerns=(text,),
        criteria=(Criterion(name="Punctual", verdict="met", note=text),),
        model="ff-screen-2.4",
        at=START,
    )


def application(**changed: object) -> Application:
    """A typical one: direct, screened, rated 4.5, no resume. `changed` replaces fields."""
    typical: dict[str, object] = {
        "application_id": "app-8c1f",
        "employer_id": "employer-1",
        "version": 3,
        "occurred_at": START + timedelta(hours=1),
        "job": JobRef(id="job-77", title="CNC Machinist, 2nd shift"),
        "source": "direct",
        "candidate": person("Maria", "López Herrera"),
        "screening": screening(),
        "assessment": assessment(),
        "profile_url": LINK,
    }
    return Application(**(typical | changed))  # type: ignore[arg-type]


def person(first: str | None, last: str | None, **changed: str | None) -> Candidate:
    typical = {"id": "c-1", "email": "maria.lopez@example.com", "phone": "+1 414 555 0137"}
    return Candidate(first_name=first, last_name=last, **(typical | changed))  # type: ignore[arg-type]


def few_criteria(count: int) -> Application:
    typical = assessment()
    return application(assessment=structs.replace(typical, criteria=typical.criteria[:count]))


def unrated() -> Application:
    """A25: trigger `new`, nothing is known yet but the person."""
    return application(
        assessment=None, screening=None, candidate=person("Jo", "Park", email="jo.park@example.com", phone=None)
    )


def right_to_left() -> Application:
    turns = (
        (
            "recruiter",
            "مرحبا أحمد، هل عملت على Fanuc؟",
        ),
        (
            "candidate",
            "نعم، خمس سنوات على Fanuc و Haas.",
        ),
        (
            "recruiter",
            "האם משמרת שנייה מתאימה לך?",
        ),
        (
            "candidate",
            "כן, אני יכול להתחיל בעוד שבועיים.",
        ),
        (
            "candidate",
            "我有六年的数控机床经验。 हाँ \U0001f44d \U0001f468\u200d\U0001f527",
        ),
    )
    return application(
        candidate=person("أحمد", "الخطيب", email="a.alkhatib@example.com", phone="+1 414 555 0148"),
        job=JobRef(id="job-77", title="CNC Machinist / مشغل آلات"),
        screening=screening(turns),
        assessment=structs.replace(
            assessment(4.0),
            summary="أحمد has five years on Fanuc and Haas controls, takes second shift and can start in two weeks.",
            strengths=("Five years on Fanuc و Haas", "Takes the second shift", "Can start in two weeks"),
            concerns=("Nothing was said of inspection: ask how he checks a first article",),
            criteria=(
                Criterion(name="3+ years of CNC milling", verdict="met", note="خمس سنوات على Fanuc و Haas"),
                Criterion(name="Second shift", verdict="met", note="כן, in his own words."),
            ),
        ),
    )


def long_talk(turns: int = 500) -> Application:
    said = tuple(
        (
            "recruiter" if number % 2 == 0 else "candidate",
            f"Message {number + 1}. " + _FILLER[: 20 + (number * 37) % 330],
        )
        for number in range(turns)
    )
    return application(screening=screening(said))


def unbroken() -> Application:
    word = "W" * 300
    return application(
        candidate=person("Wolfeschlegelsteinhausenbergerdorff" * 3, "Hubert Blaine " * 4),
        job=JobRef(id="job-77", title=word),
        screening=screening((("candidate", word), ("recruiter", "https://example.com/" + "a" * 280))),
        assessment=Assessment(
            rating=1,
            summary=word,
            strengths=(word,),
            concerns=(word,),
            criteria=(Criterion(name=word, verdict=word, note=word),),
        ),
    )


def with_resume(content_base64: str, filename: str = "resume.pdf") -> Application:
    return application(resume=Resume(filename=filename, content_base64=content_base64))


_FILLER: Final = (
    "I ran the second line at the plant in Racine for four years, mostly stamping and some deep draw, and trained the "
    "new people on lock-out and on the gauges. We did changeovers twice a shift, so I know how to get a press ready "
    "quickly without skipping the checks. After that I moved to machining, first on a lathe and then on mills. "
)
