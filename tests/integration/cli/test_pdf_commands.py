"""`ats-sync pdf render|verify` as other tools call it: one, many, with a resume of its own, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pypdfium2
import pytest

from tests.unit.cli.commands import run
from tests.unit.cli.test_decide import application

pytestmark = pytest.mark.browser


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def write(path: Path, *values: object) -> str:
    path.write_text("\n".join(json.dumps(value) for value in values))
    return str(path)


def test_r10_one_application_becomes_the_file_that_was_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "out" / "profile.pdf"
    resume = tmp_path / "resume.txt"
    resume.write_text("Twelve years at a Haas VF-2")
    done = run("pdf", "render", write(tmp_path / "a.json", application()), "--resume", str(resume), "-o", str(target))
    assert (done.returncode, done.stdout.strip()) == (0, str(target))
    text = text_of(target)
    assert all(part in text for part in ("Ada Lovelace", "Welder", "4 of 5", "hello", "Haas VF-2"))
    verified = json.loads(run("pdf", "verify", str(target), "--json").stdout)
    assert (verified["ok"], verified["application_id"]) == (True, "app-1")


def test_without_an_output_the_pdf_goes_beside_its_input(tmp_path: Path) -> None:
    run("pdf", "render", write(tmp_path / "a.json", application()))
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")


def test_many_go_into_a_directory_and_a_bad_line_spoils_only_itself(tmp_path: Path) -> None:
    several = [application(application_id=f"app/{number}") for number in range(5)]
    file = write(tmp_path / "many.jsonl", *several, {"application_id": "x"})
    done = run("pdf", "render", file, "-o", str(tmp_path / "out"))
    assert done.returncode == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"app_{number}.pdf" for number in range(5)]
    assert "line 6" in done.stderr
    assert "5 profiles in" in done.stderr


def test_html_shows_what_would_be_printed(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    hostile = application(candidate={"id": "c", "first_name": "<script>alert(1)</script>", "last_name": "X"})
    assert run("pdf", "render", write(tmp_path / "a.json", hostile), "--html", "-o", str(target)).returncode == 0
    assert "<script>" not in target.read_text()
    assert "Content-Security-Policy" in target.read_text()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"application_id": "a"}'])
def test_what_is_no_application_is_said_without_a_traceback(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content)
    done = run("pdf", "render", str(path), "-o", str(tmp_path / "a.pdf"))
    assert done.returncode != 0
    assert done.stderr.startswith("ats-sync:")
    assert not (tmp_path / "a.pdf").exists()


def test_a_changed_profile_does_not_verify(tmp_path: Path) -> None:
    target = tmp_path / "profile.pdf"
    run("pdf", "render", write(tmp_path / "a.json", application()), "-o", str(target))
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1
    target.write_bytes(content)
    assert run("pdf", "verify", str(target)).returncode == 1
