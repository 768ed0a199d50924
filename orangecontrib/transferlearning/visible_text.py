"""Make characters visible that would steer a terminal, forge a line or turn text around."""

import re
import unicodedata

_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Control characters, formatting (such as bidirectional overrides), lone surrogates, separators of lines."""

_JOINERS = "\u200c\u200d"
"""Characters inside words of Persian and Hindi, and inside emoji."""

_ASCII = re.compile(r"[ -~]*")


def visible(text: object, keep: str = "") -> str:
    r"""Return a text on one line, in which every character can be seen.

    Names of files, labels and answers of servers may hold any character. What cannot be seen is written as Python
    writes it: ``\x1b``, ``\n``, ``\u202e``; a byte of a file name that is no text as ``\udcff``.

    Parameters
    ----------
    text : object
        A text, or an object that `str` converts to one.
    keep : str
        Characters that remain as they are, for example the line feed.
    """
    text = str(text)
    if _ASCII.fullmatch(text):
        return text
    return "".join(
        each if each in keep or each in _JOINERS or unicodedata.category(each) not in _INVISIBLE else _escaped(each)
        for each in text
    )


def visible_json(text: str) -> str:
    r"""Return JSON in which what cannot be seen is escaped, as ``\u001b``; it means the same."""
    return "".join(
        each if each == "\n" or unicodedata.category(each) not in _INVISIBLE else _json_escaped(each) for each in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _json_escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[start]:02x}{units[start + 1]:02x}" for start in range(0, len(units), 2))
