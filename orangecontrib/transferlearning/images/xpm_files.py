"""Write the colors of XPM images as Pillow reads them: it takes #rrggbb only, and misreads other numbers of digits."""

import re

from PIL import ImageColor

from ..errors import ImageReadError

SIGNATURE = b"/* XPM */"

_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_KINDS = {b"m", b"s", b"g4", b"g", b"c"}


def plain_xpm(data: bytes) -> bytes:
    """Return an XPM file whose colors all are #rrggbb, or None for transparent.

    Raises
    ------
    ImageReadError
        A color has a name that is not known here.
    """
    strings = _STRING.findall(data)
    n_colors, n_letters = map(int, strings[0].split()[2:4])
    colors = [text[:n_letters] + b" c " + _plain(text[n_letters:].split()) for text in strings[1 : n_colors + 1]]
    lines = [strings[0], *colors, *strings[n_colors + 1 :]]
    return SIGNATURE + b"\nstatic char *image[] = {\n" + b",\n".join(b'"%s"' % line for line in lines) + b"};\n"


def _plain(words: list[bytes]) -> bytes:
    """Return the color in a line of kinds ("c" is that of color screens) and values, which may have several words."""
    if b"c" not in words:
        raise ImageReadError("an XPM image without colors, which nothing here reads")
    after = words[words.index(b"c") + 1 :]
    end = next((index for index, word in enumerate(after) if index and word in _KINDS), len(after))
    name = b" ".join(after[:end]).decode("latin-1")
    if name.lower() in ("none", "transparent"):
        return b"None"
    digits = len(name) // 3
    if re.fullmatch("#([0-9a-fA-F]{9}|[0-9a-fA-F]{12})", name):  # the upper two digits of three or four
        name = "#" + "".join(name[1 + digits * index :][:2] for index in range(3))
    try:
        red, green, blue = ImageColor.getrgb(name.replace(" ", ""))[:3]
    except ValueError as error:
        raise ImageReadError(f"an XPM image with the color {name[:40]!r}, which nothing here knows") from error
    return b"#%02x%02x%02x" % (red, green, blue)
