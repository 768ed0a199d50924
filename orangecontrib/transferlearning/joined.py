"""Several sources of pictures, one after another, as one."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .items import ImageItem
from .lists import take_name

if TYPE_CHECKING:
    from .sources import Source


class JoinedSource:
    """The pictures of several sources, in order, without labels and metas, which may differ from one to the next.

    Parameters
    ----------
    parts : sequence of (str, Source)
        Each source with what its keys begin with: a folder's path, say, or "". A repeated key gets a number.

    Attributes
    ----------
    n_ignored : int
        Number of files that are not pictures, in folders.
    """

    label_name: str | None = None
    is_target = False
    meta_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def __init__(self, parts: "Sequence[tuple[str, Source]]") -> None:
        self._parts = list(parts)
        self.n_ignored = sum(getattr(source, "n_ignored", 0) for _, source in self._parts)

    def __len__(self) -> int:
        return sum(len(source) for _, source in self._parts)

    def __iter__(self) -> Iterator[ImageItem]:
        taken: set[str] = set()
        for start, source in self._parts:
            for item in source:
                key = take_name(f"{start.rstrip('/')}/{item.key}" if start else item.key, taken)
                yield replace(item, key=key, label=None, metas={})
