"""What the styles of a DOCX say of its words: bold, italic, hidden; the nearest one wins."""

from render.parts import Block, Run
from tests.browser.render_files import docx_file
from tests.unit.render.reading import flow

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def style(kind: str, name: str, look: str, based_on: str = "") -> str:
    return f'<w:style w:type="{kind}" w:styleId="{name}"><w:basedOn w:val="{based_on}"/><w:rPr>{look}</w:rPr></w:style>'


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def pieces(body: str, styles: str) -> tuple[object, ...]:
    return flow(docx_file(body, parts={"word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>"})).pieces


def test_docx_words_look_as_their_paragraph_their_style_and_they_themselves_say() -> None:
    styles = (
        style("paragraph", "P", "<w:b/>") + style("character", "C", "<w:i/>", "D") + style("character", "D", "<w:b/>")
    )
    body = (
        '<w:p><w:pPr><w:pStyle w:val="P"/></w:pPr>'
        + run("Maria ")
        + run("since ", '<w:b w:val="0"/>')
        + run("2015", '<w:rStyle w:val="C"/>')
        + "</w:p><w:p>"
        + run("plain ")
        + run("both", '<w:rStyle w:val="C"/>')
        + "</w:p>"
    )
    assert pieces(body, styles) == (
        Block(runs=(Run(text="Maria ", bold=True), Run(text="since "), Run(text="2015", bold=True, italic=True))),
        Block(runs=(Run(text="plain "), Run(text="both", bold=True, italic=True))),
    )


def test_docx_words_hidden_by_a_style_stay_hidden() -> None:
    styles = style("paragraph", "P", "<w:vanish/>") + style("character", "C", "<w:vanish/>")
    hidden = '<w:p><w:pPr><w:pStyle w:val="P"/></w:pPr>' + run("NO") + run("shown", '<w:vanish w:val="0"/>') + "</w:p>"
    body = "<w:p>" + run("seen") + run("NO", '<w:rStyle w:val="C"/>') + "</w:p>" + hidden
    assert pieces(body, styles) == (Block(runs=(Run(text="seen"),)), Block(runs=(Run(text="shown"),)))
