"""Plain text resumes in the encodings people still save them in."""

import random
from io import BytesIO

import pytest

from render.cell_jobs import ResumeLimits
from render.parts import NoticePart
from render.resume_kinds import load_resume
from tests.unit.render.reading import blocks


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32", "iso8859_15", "mac_roman"])
def test_western_text_in_any_encoding(encoding: str) -> None:
    text = "Résumé of José Núñez\n\nWelder, ten years of experience in steel and aluminium fabrication in Zürich"
    read = "\n\n".join(blocks(text.encode(encoding)))
    assert read == text if encoding != "mac_roman" else "Welder, ten years of experience" in read


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Резюме сварщика, десять лет опыта работы на заводе", "cp1251"),
        ("溶接工として十年働きました。経験があります。", "shift_jis"),
    ],
)
def test_other_scripts_in_old_encodings(text: str, encoding: str) -> None:
    assert blocks((text * 5).encode(encoding)) == [text * 5]


_ENGLISH = "Worked on the night shift, trained new people on the press line and kept the gauges in order. " * 8


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("山田太郎 溶接工として十年働きました。経験があります。", "shift_jis"),
        ("山田太郎 溶接工として十年働きました。品質の検査もしました。よろしくお願いします。", "euc_jp"),
        ("山田太郎 溶接工", "iso2022_jp"),
        ("王小明 在钢铁厂做了十年的焊接工作。有丰富的经验。我们的团队有五个人。每天工作八小时。", "gb18030"),
        ("王小明 在鋼鐵廠做了十年的焊接工作。有豐富的經驗。", "big5"),
        ("김철수 공장에서 용접공으로 십년 동안 일했습니다.", "euc_kr"),
        ("Иван Петров, сварщик, десять лет опыта работы на заводе", "koi8_r"),
        ("Иван Петров, сварщик, десять лет опыта работы на заводе", "cp1251"),
        ("Γιώργος Παπαδόπουλος, συγκολλητής με δέκα χρόνια εμπειρίας", "iso8859_7"),
        ("דוד כהן, רתך עם עשר שנות ניסיון במפעל פלדה", "cp1255"),
        ("Łukasz Żółć, spawacz, dziesięć lat doświadczenia w fabryce, również prowadzenie zespołu", "cp1250"),
        ("Jiří Dvořák, svářeč, deset let zkušeností v továrně, řízení týmu", "cp1250"),
        ("Zoë Müller-Fañez, soudeuse à l'usine, dix années d'expérience", "cp1252"),
    ],
)
def test_a_few_foreign_words_in_an_english_text_are_read_too(text: str, encoding: str) -> None:
    whole = f"{_ENGLISH}\n\n{text}\n\n{_ENGLISH}".strip()
    assert "\n\n".join(blocks(whole.encode(encoding))) == whole


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", ["Maria Nowak\nWelder", "Иван Петров, сварщик", "山田太郎 溶接工\n十年"])
def test_wide_letters_without_a_mark_are_read(text: str, encoding: str) -> None:
    assert blocks(text.encode(encoding)) == [text]


@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 8,
        bytes(range(256)) * 8 + b"\x0a\x00\x20\x00" * 20,
        bytes(range(0, 256, 3)) * 9,
        b"\x01\x02\x03\x00" * 199,
        random.Random(1).randbytes(3_000),
    ],
)
def test_bytes_that_are_no_text_in_any_width_are_a_notice(content: bytes) -> None:
    part = load_resume(BytesIO(content), ResumeLimits())
    assert part == NoticePart(code="unsupported")
