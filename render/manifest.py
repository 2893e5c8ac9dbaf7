"""The manifest inside a profile: what it was made from, and a digest over the file that shows any later change."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from xml.sax.saxutils import escape

from render.cell_jobs import DocumentFacts

_BLANK: Final = b"0" * 64
_SEAL: Final = re.compile(rb"<ats:sealed>([0-9a-f]{64})</ats:sealed>")
_FIELD: Final = re.compile(r"<ats:([a-z_0-9]+)>([^<]*)</ats:\1>")
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY: Final = re.compile("|".join(_ENTITIES))


def xmp(facts: DocumentFacts) -> bytes:
    """The XMP packet: title and PDF/UA claim for readers, our manifest for `verify`. Uncompressed in the file."""
    title = escape(facts.title)
    fields = "".join(f"<ats:{name}>{escape(value)}</ats:{name}>\n" for name, value in facts.manifest)
    dates = f"<xmp:CreateDate>{facts.created_at}</xmp:CreateDate>\n" if facts.created_at else ""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" \
xmlns:ats="urn:ats-sync:manifest:1">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>
<pdf:Producer>ats-sync</pdf:Producer>
<xmp:CreatorTool>ats-sync</xmp:CreatorTool>
{dates}{_CLAIM if facts.accessible else ""}{fields}<ats:sealed>{_BLANK.decode()}</ats:sealed>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


_CLAIM: Final = "<pdfuaid:part>1</pdfuaid:part>\n"


def sealed(content: bytes) -> bytes:
    """`content` with the digest of itself in the place that was left for it."""
    found = _SEAL.search(content)
    if found is None or found[1] != _BLANK:
        raise ValueError("no place for the seal")
    digest = hashlib.sha256(content).hexdigest().encode()
    return content[: found.start(1)] + digest + content[found.end(1) :]


def read_manifest(content: bytes) -> tuple[dict[str, str], bool]:
    """The manifest of a finished file and whether its seal holds. Empty and False when there is none."""
    found = _SEAL.search(content)
    if found is None:
        return {}, False
    bare = content[: found.start(1)] + _BLANK + content[found.end(1) :]
    holds = hashlib.sha256(bare).hexdigest().encode() == found[1]
    begin = content.rfind(b"<x:xmpmeta", 0, found.start())
    fields = _FIELD.findall(content[begin : found.start()].decode("utf-8", "replace"))
    return {name: _ENTITY.sub(lambda one: _ENTITIES[one[0]], value) for name, value in fields}, holds
