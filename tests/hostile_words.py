"""Names and labels that try to steer a terminal, to forge a line, or to be HTML, and checks of what shows them."""

import re
import unicodedata
from html.parser import HTMLParser

EVIL = "\x1b[31mred\r\nskipped 0\x9b\u202e<img src=x onerror=alert(1)><marquee id=evil>&amp;\u2028"
SHOWN = r"\x1b[31mred\r\nskipped 0\x9b\u202e<img src=x onerror=alert(1)><marquee id=evil>&amp;\u2028"
"""How `EVIL` is shown."""

_BARS = "Embedding|Predicting|Reading|Training|Downloading weights|Comparing|Packing|Unpacking"
BAR = re.compile(rf"\r(?:({_BARS}):[^\r\n]*| +\r)")


def assert_one_line(text):
    """Check that no character of a text steers a terminal or begins a line."""
    found = {each for each in text if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert not found, repr(text)


def assert_tame(output):
    """Check the whole output of a command, which has lines of its own, and bars."""
    for line in BAR.sub("", output).split("\n"):
        assert_one_line(line)
        assert not line.startswith("skipped 0")


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def assert_no_foreign_elements(html):
    """Check that HTML has no elements of `EVIL`."""
    elements = _Elements()
    elements.feed(html)
    for tag, attributes in elements.found:
        assert tag != "marquee", html
        assert not {"onerror", "id"} & attributes.keys(), html
