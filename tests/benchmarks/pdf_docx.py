"""Our reader of DOCX resumes against mammoth, on a bare file and on one as Word writes it."""

from __future__ import annotations

import importlib.util
import io
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

from render.cell_jobs import ResumeLimits
from render.resume_docx import load_docx
from tests.benchmarks.pdf_measures import out, verdict
from tests.browser.render_files import docx_file

_LOOK: Final = (
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Times New Roman" w:cs="Calibri"/>'
    '<w:color w:val="262626"/><w:spacing w:val="-2"/><w:kern w:val="0"/><w:sz w:val="22"/><w:szCs w:val="22"/>'
    '<w:lang w:val="en-US" w:eastAsia="en-US"/>'
)
_RUN: Final = '<w:r w:rsidRPr="00A77B3E" w:rsidR="003B5F22"><w:rPr>%s</w:rPr><w:t xml:space="preserve">%s </w:t></w:r>'
_WORDS: Final = (
    '<w:p w:rsidR="00A77B3E" w:rsidRDefault="003B5F22" w:rsidP="003B5F22"><w:pPr><w:widowControl w:val="0"/>'
    '<w:autoSpaceDE w:val="0"/><w:spacing w:before="40" w:after="60" w:line="259" w:lineRule="auto"/>'
    '<w:ind w:left="360"/>'
    f"<w:rPr>{_LOOK}</w:rPr></w:pPr>"
    + "".join(
        f'<w:proofErr w:type="spellStart"/>{_RUN % (_LOOK, text)}<w:proofErr w:type="spellEnd"/>'
        for text in ("Ran the line,", "trained new people", "on lock-out and gauges,", "kept records.")
    )
    + "</w:p>"
)


def docx() -> None:
    """A bare file of our own, and one as Word writes it: every run with its fonts, sizes, language and revision."""
    if importlib.util.find_spec("mammoth") is None:
        return
    mammoth: Any = importlib.import_module("mammoth")
    bare = docx_file(paragraphs=120)
    for name, content in (("bare", bare), ("as Word writes it", docx_file(_WORDS * 120))):
        ours_ms = _median_ms(lambda content=content: load_docx(content, ResumeLimits()), 20)  # type: ignore[misc]
        theirs_ms = _median_ms(lambda content=content: mammoth.convert_to_html(io.BytesIO(content)), 5)  # type: ignore[misc]
        ratio = theirs_ms / ours_ms
        title = f"mammoth / our DOCX reader, {name} ({theirs_ms:.1f} and {ours_ms:.1f} ms)"
        if content is bare:
            out(f"     {title}: {ratio:.2f} (no goal: no program writes files so bare)")
        else:
            verdict(title, ratio, ">= 10", good=ratio >= 10)


def _median_ms(work: Callable[[], object], times: int) -> float:
    """Of processor time: both run in this one thread."""
    took = []
    for _ in range(times):
        started_s = time.thread_time()
        work()
        took.append(1_000 * (time.thread_time() - started_s))
    return statistics.median(took)
