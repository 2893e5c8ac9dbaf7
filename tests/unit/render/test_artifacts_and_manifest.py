"""The byte-level passes over a finished page and file."""

import io

import pytest
from pikepdf import OutlineItem, Pdf

from render.artifacts import with_artifacts
from render.assemble import assemble
from render.cell_jobs import DocumentFacts
from render.glyphs import has_empty_box, mend_letters
from render.manifest import read_manifest, sealed, xmp
from render.verify import verify
from tests.browser.render_files import pdf_file, saved

FACTS = DocumentFacts(
    title="A & B <c>", created_at="2026-11-20T15:00:00+00:00", accessible=True, manifest=(("application", "a&<b>"),)
)

_TWO = b"/P <</MCID 0>>BDC f EMC /Artifact BMC S EMC /P <</MCID 1>>BDC f EMC 1 w"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"q\n1 0 0 rg\n0 0 9 9 re\nf\nQ", b"/Artifact BMC q 1 0 0 rg 0 0 9 9 re f Q EMC"),
        (b"q\nBT\n<BDC0> Tj\nET\nQ", b"/Artifact BMC q BT <BDC0> Tj ET Q EMC"),
        (b"/P <</MCID 0>>BDC\nBT <00> Tj ET\n0 0 1 1 re f\nEMC\n", None),
        (b"0 0 9 9 re\nW n\n", None),
        (b"/X Do\n", b"/Artifact BMC /X Do EMC"),
        (
            b"q BT\n/ReversedChars BMC\n<00> Tj\nEMC\nET Q",
            b"/Artifact BMC q BT /ReversedChars BMC <00> Tj EMC ET Q EMC",
        ),
        (b"BT (a \\) EMC BT) Tj ET", b"/Artifact BMC BT (a \\) EMC BT) Tj ET EMC"),
        (b"/P <</MCID 0>>BDC\nf\nEMC\nS\n/P <</MCID 1>>BDC\nf\nEMC\n1 w\n", _TWO),
        (b"/P <</MCID 0>>BDC f EMC S /P <</MCID 1>>BDC f EMC 1 w ", _TWO),
        (b"/Span<</ActualText (\nf\nEMC\n) >> BDC\nf\nEMC\n", None),
        (b"/Span<</ActualText ( f EMC ) >> BDC f EMC ", None),
        (b"q BI /W 1 ID x EI Q 0 0 1 1 re f", None),
        (b"", None),
    ],
)
def test_only_untagged_painting_is_marked(content: bytes, wanted: bytes | None) -> None:
    assert with_artifacts(b"\n" + content).split() == (wanted or content).split()


def test_marking_twice_changes_nothing() -> None:
    once = with_artifacts(b"q 0 0 1 1 re f BT <00> Tj ET 0 0 m 1 1 l S Q")
    assert with_artifacts(once) == once


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"BT\n<00310000> Tj\nET", True),
        (b"[<0031> -4 <00320000>] TJ", True),
        (b"<0000> Tj", True),
        (b"<00310032> Tj", False),
        (b"<10000002> Tj", False),
        (b"/Span<</ActualText <FEFF0030> >> BDC <00> Tj 10000 0 Td", False),
    ],
)
def test_glyph_0_is_an_empty_box(content: bytes, *, shown: bool) -> None:
    assert has_empty_box(content) is shown


def test_a_glyph_without_a_letter_means_nothing_and_only_it() -> None:
    meanings = b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n2 beginbfchar\n<002C> <0000>\n<002D> <0E33>\n"
    with Pdf.open(io.BytesIO(pdf_file(2))) as document:
        font = document.pages[0].obj.Resources.Font.F1
        font.ToUnicode = document.make_stream(meanings)
        seen = set[tuple[int, int]]()
        for page in document.pages:
            mend_letters(page, seen)
        assert font.ToUnicode.read_bytes() == meanings.replace(b"<002C> <0000>", b"<002C> <2060>")
        assert len(seen) == 1


def test_a_bookmark_says_its_heading_once() -> None:
    said = ("ResumeResume", "Mimi", "Worth asking", "AskingAskingAsking")
    with Pdf.open(io.BytesIO(pdf_file())) as printed:
        with printed.open_outline() as outline:
            outline.root += [OutlineItem(title, 0) for title in said]
            outline.root[0].children.append(OutlineItem("SummarySummary", 0))
        content = saved(printed)
    made = assemble(io.BytesIO(content), None, FACTS)
    with Pdf.open(io.BytesIO(made.content)) as document, document.open_outline() as outline:
        titles = [item.title for item in outline.root]
        below = [item.title for item in outline.root[0].children]
    assert (titles, below) == (["Resume", "Mimi", "Worth asking", "Asking"], ["Summary"])


def test_the_manifest_comes_back_as_it_was() -> None:
    content = sealed(b"%PDF-1.7\n" + xmp(FACTS) + b"\n%%EOF")
    assert read_manifest(content) == ({"application": "a&<b>"}, True)
    assert b"A &amp; B &lt;c&gt;" in content


def test_any_changed_byte_breaks_the_seal() -> None:
    content = sealed(b"%PDF-1.7\n" + xmp(FACTS) + b"\n%%EOF")
    for place in range(0, len(content), 17):
        changed = bytearray(content)
        changed[place] ^= 0x01
        assert not verify(bytes(changed)).intact, place
    assert not verify(content + b"\n").intact


def test_a_foreign_file_has_no_manifest() -> None:
    assert not verify(b"%PDF-1.4 something else").has_manifest
    assert not verify(b"").intact


def test_sealing_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="seal"):
        sealed(sealed(xmp(FACTS)))
