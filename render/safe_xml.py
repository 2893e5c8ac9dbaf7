"""XML from strangers: parsed without entities, network or depth bombs, and read by local names alone."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from lxml import etree

from render.parts import Refused

Element = etree._Element  # noqa: SLF001 - the only name lxml gives its element type


def parsed(content: bytes) -> Element:
    """The root. Raises Refused with damaged when nothing can be made of `content`."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Refused("damaged") from None
    if root is None:
        raise Refused("damaged")
    return root


def named(element: Element) -> str:
    """The name without its namespace: strict and transitional documents differ in nothing else. Empty for entities."""
    tag: object = element.tag  # a function for comments and entities, whatever the stubs say
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=4_096)  # a document says the same few names thousands of times
def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def child(element: Element | None, *path: str) -> Element | None:
    """The first child called `path[0]`, in it the first called `path[1]`, and so on."""
    for name in path:
        element = next(element.iterchildren(f"{{*}}{name}"), None) if element is not None else None
    return element


def attribute(element: Element | None, name: str) -> str:
    """The attribute of that local name; empty when absent."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if str(key).rsplit("}", 1)[-1] == name), "")


def is_on(element: Element | None) -> bool:
    """A switch such as `<w:b/>`: present and not said to be off."""
    return element is not None and attribute(element, "val").lower() not in _OFF


_OFF: Final = frozenset({"0", "false", "off", "none"})
