"""The byte-level passes over a finished page and file."""

import pytest

from render.artifacts import with_artifacts
from render.cell_jobs import DocumentFacts
from render.manifest import read_manifest, sealed, xmp
from render.verify import verify

FACTS = DocumentFacts(
    title="A & B <c>", created_at="2026-11-20T15:00:00+00:00", accessible=True, manifest=(("application", "a&<b>"),)
)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"q\n1 0 0 rg\n0 0 9 9 re\nf\nQ", b"q\n1 0 0 rg\n/Artifact BMC\n\n0 0 9 9 re\nf\nEMC\nQ"),
        (b"q\nBT\n<BDC0> Tj\nET\nQ", b"q\n\n/Artifact BMC\nBT\n<BDC0> Tj\nET\nEMC\nQ"),
        (b"/P <</MCID 0>>BDC\nBT <00> Tj ET\n0 0 1 1 re f\nEMC\n", None),
        (b"0 0 9 9 re\nW n\n", None),
        (b"/X Do\n", b"\n/Artifact BMC\n/X Do\nEMC\n"),
        (
            b"q BT\n/ReversedChars BMC\n<00> Tj\nEMC\nET Q",
            b"q \n/Artifact BMC\nBT\n/ReversedChars BMC\n<00> Tj\nEMC\nET\nEMC Q",
        ),
        (b"BT (a \\) EMC BT) Tj ET", b"\n/Artifact BMC\nBT (a \\) EMC BT) Tj ET\nEMC"),
        (b"q BI /W 1 ID x EI Q 0 0 1 1 re f", None),
        (b"", None),
    ],
)
def test_only_untagged_painting_is_marked(content: bytes, wanted: bytes | None) -> None:
    assert b" ".join(with_artifacts(b" " + content).split()) == b" ".join((wanted or content).split())


def test_marking_twice_changes_nothing() -> None:
    once = with_artifacts(b"q 0 0 1 1 re f BT <00> Tj ET 0 0 m 1 1 l S Q")
    assert with_artifacts(once) == once


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
