"""Names, labels and messages are data: show them in labels, tooltips, messages and reports, never as HTML or lines."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from AnyQt.QtCore import Qt
from AnyQt.QtWidgets import QLabel

from ...visible_text import visible

_TAG = re.compile(r"<\s*[a-zA-Z/!?]")
_WITHOUT_TAGS = str.maketrans("<>", "‹›")


class PlainLabel(QLabel):
    """A label whose text is never read as HTML.

    Parameters
    ----------
    text : str
    keep : str
        Characters that need not be visible: a line feed for text of several lines that has no names in it.
    """

    def __init__(self, text: str = "", keep: str = "", **properties: Any) -> None:
        super().__init__(textFormat=Qt.TextFormat.PlainText, **properties)
        self._keep = keep
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(visible(text, self._keep))


def tooltip(text: str, keep: str = "") -> str:
    """Return a text as a tooltip that Qt does not read as HTML; lines may only be broken by what is in `keep`."""
    text = visible(text, keep)
    if not _TAG.search(text):
        return text
    return f"<span style='white-space: pre-wrap'>{escape(text)}</span>"


class PlainMessages:
    """A mixin of groups of messages, first among the bases.

    Orange shows a message as plain text in the widget, and as HTML in the tooltip of its node. Therefore a message has
    no tags: angle brackets are replaced by similar ones.
    """

    def activate_msg(self, msg: Any, msg_id: int | None = None) -> None:
        """Show a message."""
        # Messages of Orange may have a first line of their own: "Fitting failed.\n{}".
        title = "\n".join([*msg.split("\n")[:-1], ""])
        text = msg.formatted.removeprefix(title)
        title = title if text != msg.formatted else ""
        msg.formatted = title + visible(text).translate(_WITHOUT_TAGS)
        super().activate_msg(msg, msg_id)


class EscapedReport:
    """A mixin of widgets, first among the bases: what they report is text, not HTML."""

    def report_items(self, name: Any, items: Any = None) -> None:
        """Add pairs of a name and a value to the report."""
        if items is None:
            name, items = "", name
        pairs: Iterable[tuple[Any, Any]] = items.items() if isinstance(items, Mapping) else items
        super().report_items(_escaped(name), [(_escaped(key), _escaped(value)) for key, value in pairs])


def _escaped(value: Any) -> Any:
    """Return HTML for a text; a number, and the None and False that Orange leaves out, as they are."""
    return escape(visible(value)) if isinstance(value, str) else value
