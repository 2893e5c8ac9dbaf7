"""ODT resumes: words in order, dressed as their author saw them, and none that were hidden."""

from render.parts import Block, Run
from tests.browser.render_files import odt_file
from tests.unit.render.reading import flow, lines


def test_odt() -> None:
    content = odt_file(
        "<text:h>Maria</text:h><text:p>one<text:s text:c='3'/>two<text:tab/>three<text:line-break/>four"
        "<text:a xlink:href='https://git.example/m'>code</text:a></text:p>"
        "<text:list><text:list-item><text:p>item</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>l</text:p></table:table-cell>"
        "<table:table-cell><text:p>r</text:p></table:table-cell></table:table-row></table:table>"
    )
    assert lines(content) == ["Maria", "one   two\tthree\nfourcode", "• item", "l", "r"]


def test_odt_words_are_dressed_by_their_styles_and_hidden_ones_stay_hidden() -> None:
    def style(family: str, name: str, look: str, parent: str = "") -> str:
        names = f'style:family="{family}" style:name="{name}" style:parent-style-name="{parent}"'
        return f"<style:style {names}><style:text-properties {look}/></style:style>"

    styles = (
        '<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
        'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0">'
        + style("paragraph", "P1", 'fo:font-weight="bold"')
        + style("paragraph", "P2", 'fo:font-style="italic"', "P1")
        + style("paragraph", "P3", "", "Heading_20_1")
        + style("paragraph", "Heading_20_1", "")
        + style("text", "T1", 'fo:font-weight="normal"')
        + style("text", "T2", 'text:display="none"')
        + style("text", "P1", 'fo:font-weight="400"')
        + "</office:automatic-styles>"
    )
    content = odt_file(
        '<text:p text:style-name="P2">one<text:span text:style-name="T1"> two</text:span>'
        '<text:span text:style-name="T2">NO<text:s/></text:span></text:p><text:p text:style-name="P3">Work</text:p>'
        '<text:section text:display="none"><text:p>NO</text:p></text:section>'
        '<text:p>four<text:hidden-text text:is-hidden="true">NO</text:hidden-text></text:p>',
        styles=styles,
    )
    assert flow(content).pieces == (
        Block(runs=(Run(text="one", bold=True, italic=True), Run(text=" two", italic=True))),
        Block(kind="heading", runs=(Run(text="Work"),)),
        Block(runs=(Run(text="four"),)),
    )
