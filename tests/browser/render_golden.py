"""The golden cases of the profile part, for checkers of accessibility: people, and resumes that become part of it."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from schemas.events import Application, Assessment, Criterion, JobRef
from tests.browser import render_cases as cases
from tests.browser.render_files import docx_file, paragraph


def _everywhere(words: str, **changed: object) -> Application:
    """`words` wherever a person or a model may write."""
    said = Assessment(
        rating=3,
        summary=words,
        strengths=(words,) * 7,
        concerns=(words,),
        criteria=(Criterion(name=words, verdict=words, note=words),) * 4,
    )
    typical: dict[str, object] = {
        "candidate": cases.person(words, words),
        "job": JobRef(id="job-77", title=words),
        "screening": cases.screening((("candidate", words), (words, words))),
        "assessment": said,
    }
    return cases.application(**(typical | changed))


_TYPICAL: Final = cases.assessment()
CASES: Final[dict[str, Application]] = {
    "typical": cases.application(),
    "right to left": cases.right_to_left(),
    "unrated": cases.unrated(),
    "no transcript": cases.application(screening=None),
    "empty transcript": cases.application(screening=cases.screening(())),
    "no assessment": cases.application(assessment=None),
    "no rating": cases.application(assessment=cases.assessment(None)),
    "bare rating": cases.application(assessment=Assessment(rating=2.5)),
    "no strengths": cases.application(assessment=structs.replace(_TYPICAL, strengths=())),
    "one word, no phone, no link": cases.application(
        candidate=cases.person("Cher", None, phone=None), profile_url=None
    ),
    "long": cases.long_talk(60),
    "unbroken words": cases.unbroken(),
    "one criterion": cases.few_criteria(1),
    "two criteria": cases.few_criteria(2),
    "many criteria": cases.application(assessment=structs.replace(_TYPICAL, criteria=_TYPICAL.criteria * 30)),
    "long title": cases.application(job=JobRef(id="job-77", title="CNC Machinist " * 140)),
    "long link": cases.application(profile_url="https://app.factoryfix.example/" + "a" * 3_000),
    "everything long": _everywhere("CNC machinist, second shift " * 60),
    "Arabic": _everywhere("أحمد الخطيب Fanuc ١٢٣ (AS9100)"),
    "Hebrew": _everywhere("שלום כהן (Haas) 123"),
    "Chinese": _everywhere("王小明 数控机床 六年经验"),
    "Japanese": _everywhere("田中さくら 機械工です カタカナ"),
    "Korean": _everywhere("김철수 기계공 경력 6년"),
    "Thai": _everywhere("สมชาย ใจดี ช่างเครื่อง ทำงาน"),
    "Hindi": _everywhere("राजेश कुमार मशीनिस्ट अर्जुन क्षत्रिय"),
    "Greek, Cyrillic, Vietnamese": _everywhere("Γιώργος Παπαδόπουλος, Дмитрий Соколов, Nguyễn Thị Hồng"),
    "emoji": _everywhere(
        "\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f527 \U0001f1fa\U0001f1f8 \u2600\ufe0f 1\ufe0f\u20e3"
    ),
    "controls and private letters": _everywhere("a\u0001b\u001bc\u200bd\u202ee\ue000f\uf0b7g\ufeffh"),
}

_TABLE: Final = (
    "<w:tbl><w:tr><w:tc>" + paragraph("2020 to now") + "</w:tc><w:tc>" + paragraph("CNC machinist") + "</w:tc></w:tr>"
    "<w:tr><w:tc>" + paragraph("2016 to 2020") + "</w:tc><w:tc>" + paragraph("Operator") + "</w:tc></w:tr>"
    "<w:tr><w:tc>" + paragraph("alone in its row") + "</w:tc></w:tr></w:tbl>"
)
_PICTURE: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_HTML: Final = (
    "<h1>Maria</h1><h4>Experience</h4><ul><li>Haas<ol><li>VF-2</ol></ul><pre>a\n  b</pre>"
    "<p><b>See</b> <a href='https://shop.example/a'>my <i>work</i></a> or <a href='mailto:m@x.example'>write</a>"
    f"<table><tr><td rowspan=2>2020<td>Set-up<tr><td>Lathe</table><img src='data:image/png;base64,{_PICTURE}'>"
)
RESUMES: Final[dict[str, bytes | None]] = {
    "none": None,
    "docx": docx_file(_TABLE + paragraph("Docx words"), paragraphs=30),
    "html": f"<html><body>{_HTML}</body></html>".encode(),
    "rtf": rb"{\rtf1\ansi{\b Bold}\par \trowd\cellx1000\cellx2000 a\cell b\cell\row}",
    "text": b"Machinist\n\n- Haas\n- Fanuc\n",
    "notice": b"%PDF-1.7 cut short",
    "empty": b" ",
    "unsupported": bytes(range(256)) * 8,
}
