"""The vocabulary of RTF: groups without words of the page, control words that are letters, character sets."""

from __future__ import annotations

from typing import Final

# Groups that a reader of the page never sees; and every group marked `\*` that is not among the known ones.
UNSEEN: Final = frozenset((
    "aftncn", "aftnsep", "aftnsepc", "annotation", "atnauthor", "atnid", "atnref", "author", "buptim",
    "colorschememapping", "colortbl", "comment", "company", "creatim", "datafield", "datastore", "doccomm",
    "docvar", "falt", "filetbl", "fontemb", "fontfile", "ftncn", "ftnsep", "ftnsepc", "generator", "hlinkbase",
    "info", "keywords", "latentstyles", "list", "listoverride", "listoverridetable", "listpicture", "listtable",
    "manager", "mmathPr", "nonesttables", "nonshppict", "objalias", "objclass", "objdata", "objname", "objsect",
    "operator", "pgptbl", "pnseclvl", "pntxta", "pntxtb", "printim", "private", "revtbl", "revtim", "rsidtbl",
    "rxe", "shprslt", "sn", "subject", "sv", "tc", "template", "themedata", "title", "txe", "userprops", "xe",
    "xmlnstbl",
))  # fmt: skip
STARRED_BUT_SEEN: Final = frozenset({
    "shppict", "shpinst", "shptxt", "do", "nesttableprops", "fldinst", "pn", "result"
})  # fmt: skip

LETTERS: Final = {
    "tab": "\t", "line": "\n", "lbr": "\n", "softline": "\n", "emdash": "\u2014", "endash": "\u2013",
    "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d", "bullet": "\u2022",
    "emspace": " ", "enspace": " ", "qmspace": " ", "zwj": "\u200d", "zwnj": "\u200c", "ltrmark": "\u200e",
    "rtlmark": "\u200f",
}  # fmt: skip
SIGNS: Final = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\", ":": ":"}

SYMBOLS: Final = "symbols"  # no encoding: the letters of such a font are pictures
CHARSETS: Final = {
    0: "cp1252", 2: SYMBOLS, 77: "mac_roman", 78: "shift_jis", 79: "euc_kr", 80: "gb18030", 81: "big5", 83: "cp1255",
    84: "cp1256", 85: "mac_greek", 86: "mac_turkish", 88: "mac_latin2", 89: "mac_cyrillic", 128: "cp932",
    129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258",
    177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
    255: "cp850",
}  # fmt: skip
_PAGES: Final = {
    10000: "mac_roman", 10001: "shift_jis", 10002: "big5", 10003: "euc_kr", 10004: "mac_arabic", 10006: "mac_greek",
    10007: "mac_cyrillic", 10008: "gb18030", 10029: "mac_latin2", 10081: "mac_turkish", 936: "gb18030",
    1361: "johab", 65001: "utf-8",
}  # fmt: skip
_KNOWN: Final = frozenset({437, 720, 850, 852, 855, 857, 858, 860, 862, 863, 864, 865, 866, 869, 874, 932, 949, 950})
_WINDOWS: Final = range(1250, 1259)


def encoding_of(page: int) -> str:
    """Of a code page by its number; western for one we do not know."""
    if page in _PAGES:
        return _PAGES[page]
    return f"cp{page}" if page in _WINDOWS or page in _KNOWN else "cp1252"
