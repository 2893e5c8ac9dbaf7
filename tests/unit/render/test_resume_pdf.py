"""PDF resumes of all kinds and intentions: every page comes through, nothing that acts does."""

import io

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf
from pikepdf import String as PdfString

from render.cell_jobs import ResumeLimits
from render.parts import NoticePart, PagesPart
from render.resume_kinds import load_resume
from tests.browser.render_files import pdf_file, saved

LIMITS = ResumeLimits()


def loaded(content: bytes, limits: ResumeLimits = LIMITS) -> PagesPart:
    part = load_resume(io.BytesIO(content), limits)
    assert isinstance(part, PagesPart), part
    return part


def refused(content: bytes, limits: ResumeLimits = LIMITS) -> str:
    part = load_resume(io.BytesIO(content), limits)
    assert isinstance(part, NoticePart), part
    return part.code


def texts(pdf: bytes) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def opened(pages: int = 1) -> Pdf:
    return Pdf.open(io.BytesIO(pdf_file(pages)))


def uri(address: str) -> Dictionary:
    return Dictionary(S=Name.URI, URI=PdfString(address))


def link(action: Dictionary) -> Dictionary:
    return Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([10, 10, 90, 30]), A=action)


def everything(pdf: bytes) -> bytes:
    """All objects and streams as bytes, uncompressed, to look for what must not be there."""
    with Pdf.open(io.BytesIO(pdf)) as document:
        return saved(
            document,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all,
            compress_streams=False,
        )


@pytest.mark.parametrize("pages", [1, 2, 40, 500])
def test_r10_every_page_in_order(pages: int) -> None:
    part = loaded(pdf_file(pages))
    assert part.pages == pages
    assert [text.strip() for text in texts(part.pdf)] == [f"Resume page {n}" for n in range(1, pages + 1)]
    assert not part.repaired


def test_actions_scripts_files_and_forms_are_left_behind() -> None:
    with opened() as document:
        script = Dictionary(S=Name.JavaScript, JS=PdfString("app.alert('EVIL')"))
        launch = Dictionary(S=Name.Launch, F=PdfString("EVIL.exe"))
        page = document.pages[0].obj
        document.Root.OpenAction = script
        document.Root.AA = Dictionary(WC=script)
        document.Root.URI = Dictionary(Base=PdfString("http://EVIL"))
        document.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([PdfString("EVIL"), script])),
            EmbeddedFiles=Dictionary(
                Names=Array([PdfString("EVIL"), Dictionary(Type=Name.Filespec, F=PdfString("EVIL"))])
            ),
        )
        page.AA = Dictionary(O=launch)
        page.Annots = Array([link(script), link(launch), link(Dictionary(S=Name.GoToR, F=PdfString("EVIL.pdf")))])
        page.Resources.XObject = Dictionary(
            X=document.make_stream(
                b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]), Ref=Dictionary(F=PdfString("EVIL"))
            ),
            P=document.make_stream(b"EVIL", Type=Name.XObject, Subtype=Name.PS),
        )
        page.PieceInfo = Dictionary(EVIL=Dictionary(Private=PdfString("EVIL")))
        part = loaded(saved(document))
    left = everything(part.pdf)
    assert b"/JavaScript" not in left
    assert b"/Launch" not in left
    assert b"EVIL" not in left.replace(b"stream\nEVIL", b"")
    assert b"Resume page 1" in left


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://github.example/maria", True),
        ("mailto:maria@example.com", True),
        ("http://plain.example/", False),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("file:///etc/passwd", False),
        ("mailto:a@example.com?bcc=b@example.com", False),
        ("https://user:secret@example.com/", False),
        ("//example.com/", False),
    ],
)
def test_of_the_links_only_https_and_plain_mailto_stay(address: str, *, kept: bool) -> None:
    with opened() as document:
        document.pages[0].obj.Annots = Array([link(uri(address))])
        part = loaded(saved(document))
    with Pdf.open(io.BytesIO(part.pdf)) as document:
        notes = document.pages[0].obj.get("/Annots", Array())
        assert [str(note.A.URI) for note in notes] == ([address] if kept else [])


def test_a_comment_that_is_drawn_on_the_page_stays_visible() -> None:
    with opened() as document:
        drawing = document.make_stream(
            b"BT /F1 12 Tf 0 0 Td (drawn note) Tj ET",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 100, 20]),
            Resources=document.pages[0].obj.Resources,
        )
        document.pages[0].obj.Annots = Array(
            [
                Dictionary(
                    Type=Name.Annot,
                    Subtype=Name.FreeText,
                    Rect=Array([100, 100, 200, 120]),
                    AP=Dictionary(N=drawing),
                    F=4,
                )
            ]
        )
        part = loaded(saved(document))
    assert "drawn note" in texts(part.pdf)[0]


def test_password_protected_is_said_and_owner_restrictions_are_no_obstacle() -> None:
    with opened() as document:
        locked = saved(document, encryption=pikepdf.Encryption(user="secret", owner="owner"))
        restricted = saved(document, encryption=pikepdf.Encryption(user="", owner="owner"))
    assert refused(locked) == "password"
    assert "Resume page 1" in texts(loaded(restricted).pdf)[0]


@pytest.mark.parametrize("box", [(0, 0, 200_000, 200_000), (0, 0, 5, 5), (0, 0, 0, 0), (0, 0, 3_000, 4_000)])
def test_pages_of_impossible_size_are_set_on_paper(box: tuple[float, ...]) -> None:
    part = loaded(pdf_file(2, box=box))
    with Pdf.open(io.BytesIO(part.pdf)) as document:
        sides = [(float(page.mediabox[2]), float(page.mediabox[3])) for page in document.pages]
    assert sides == [(595.0, 842.0)] * 2


def test_wide_and_odd_but_possible_pages_stay_as_they_are() -> None:
    part = loaded(pdf_file(1, box=(0, 0, 1_224, 792)))
    with Pdf.open(io.BytesIO(part.pdf)) as document:
        assert [float(side) for side in document.pages[0].mediabox] == [0, 0, 1224, 792]


def test_nonsense_in_a_page_is_survived() -> None:
    with opened(3) as document:
        document.pages[0].obj.Rotate = 33
        document.pages[0].obj.MediaBox = Array([PdfString("a"), 1, 2])
        document.pages[1].obj.CropBox = Name.Nonsense
        document.pages[1].obj.Resources = Array([])
        document.pages[2].obj.Annots = Dictionary()
        document.pages[2].obj.UserUnit = Name.Big
        part = loaded(saved(document))
    assert part.pages == 3
    assert len(texts(part.pdf)) == 3


def test_a_page_whose_content_is_broken_does_not_take_the_others_along() -> None:
    with opened(2) as document:
        page = document.pages[0].obj
        page.Contents = document.make_stream(b"not zlib at all")
        page.Contents.Filter = Name.Nonsense
        part = loaded(saved(document))
    assert part.pages == 2
    assert part.repaired
    assert "Resume page 2" in texts(part.pdf)[1]


def test_a_damaged_file_is_repaired_and_says_so() -> None:
    whole = pdf_file(2)
    part = loaded(whole[: whole.rfind(b"startxref")] + b"startxref\n7\n%%EOF")
    assert part.repaired
    assert part.pages == 2


def test_junk_before_the_header_and_after_the_end() -> None:
    assert loaded(b"HTTP/1.1 200 OK\r\n\r\n" + pdf_file() + b"\n<html>trailing</html>").pages == 1


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.4",
        b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\ntrailer << /Root 1 0 R >>",
        b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 1 0 R>> endobj trailer <</Root 1 0 R>>",
        b"%PDF-1.4\n" + b"[" * 100_000,
        b"%PDF-1.4\n" + b"<<" * 100_000,
        pdf_file()[:200],
    ],
)
def test_beyond_repair_is_a_notice(content: bytes) -> None:
    assert refused(content) == "damaged"


def test_a_tree_of_pages_that_bites_its_tail_is_survived() -> None:
    with opened() as document:
        document.Root.Pages.Kids.append(document.Root.Pages)
        content = saved(document)
    part = load_resume(io.BytesIO(content), LIMITS)
    assert isinstance(part, PagesPart | NoticePart)


def test_forms_within_forms_without_end_are_survived() -> None:
    with opened() as document:
        form = document.make_stream(b"/X Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 9, 9]))
        form.Resources = Dictionary(XObject=Dictionary(X=form))
        document.pages[0].obj.Resources.XObject = Dictionary(X=form)
        assert loaded(saved(document)).pages == 1


def test_limits_of_size_and_pages() -> None:
    assert refused(pdf_file(11), ResumeLimits(pages=10)) == "too_many_pages"
    assert refused(pdf_file(1), ResumeLimits(file_bytes=100)) == "too_large"


def test_what_others_can_print_is_printed_even_if_the_strict_reader_gives_up() -> None:
    """A file that only PDFium opens: the page tree's type and count are missing, the cross-reference is of zeros."""
    with opened() as document:
        target = Pdf.new()
        target.pages.append(Page(target.copy_foreign(document.pages[0].obj)))
        del target.Root.Pages["/Type"]
        content = saved(target)
    assert loaded(content).pages == 1
