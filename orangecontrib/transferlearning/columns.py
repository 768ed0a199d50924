"""A table with a header -> the rows and columns of it that somebody asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Self

from .cells import Rows, refuse_short_rows
from .errors import SourceError
from .items import Label
from .labels import is_same, label_cells, target_number
from .lists import unique_names

_N_SHOWN = 10


@dataclass(frozen=True)
class Columns:
    """Rows whose columns have names.

    Attributes
    ----------
    path : Path
        Of the file, for messages.
    names : list of str
        Of the columns, unique: a repeated name gets a number ("speed (2)"), a missing one is "column 3".
    rows : list of (int, list of str)
        Lines and cells; a row may lack its last cells.
    """

    path: Path
    names: list[str]
    rows: Rows

    @classmethod
    def of(cls, path: Path, rows: Rows) -> Self:
        """Take the first row for the header."""
        names = [name or f"column {place}" for place, name in enumerate(rows[0][1], 1)]
        return cls(path, list(unique_names(names)), rows[1:])

    def cells(self, name: str) -> list[str]:
        """Give a column's cells.

        Raises
        ------
        SourceError
            There is no such column, or a row ends before it.
        """
        if name not in self.names:
            raise SourceError(f"{self.path}: expected a column {name!r}, found {', '.join(map(repr, self.names))}")
        place = self.names.index(name)
        refuse_short_rows(self.path, self.rows, place + 1)
        return [row[place] for _, row in self.rows]

    def targets(self, name: str) -> list[float | None]:
        """Give a column of numbers to predict; an empty cell is no target.

        Raises
        ------
        SourceError
            A cell is no finite number; or as for `cells`.
        """
        cells = self.cells(name)
        numbers = list(map(target_number, cells))
        for (line, _), cell, number in zip(self.rows, cells, numbers, strict=True):
            if cell and number is None:
                raise SourceError(
                    f"{self.path}, line {line}: expected a number in column {name!r}, found {cell!r}; leave the cell "
                    "empty if it is unknown, or make this a label column if it names classes"
                )
        return numbers

    def others(self, used: Collection[str]) -> list[dict[str, Label]]:
        """Give, for each row, the columns that are not used otherwise, numbers as numbers, empty cells as None."""
        names = [name for name in self.names if name not in used]
        if not names:
            return [{} for _ in self.rows]
        whole = dict(zip_longest(self.names, zip_longest(*(row for _, row in self.rows), fillvalue="")))
        columns = [label_cells(whole[name] or [""] * len(self.rows)) for name in names]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def where(self, conditions: Mapping[str, str | float]) -> Self:
        """Keep the rows that have these values in these columns, as text or as numbers.

        Raises
        ------
        SourceError
            There is no such column, or no such row.
        """
        chosen = self
        for name, value in conditions.items():
            chosen = chosen._where(name, str(value))
        return chosen

    def _where(self, name: str, value: str) -> Self:
        cells = self.cells(name)
        same = {cell: is_same(cell, value) for cell in dict.fromkeys(cells)}
        kept = [row for row, cell in zip(self.rows, cells, strict=True) if same[cell]]
        if not kept:
            shown = ", ".join(repr(cell) for cell in list(same)[:_N_SHOWN])
            more = f" and {len(same) - _N_SHOWN} others" if len(same) > _N_SHOWN else ""
            raise SourceError(f"{self.path}: none of {len(cells)} rows has {value!r} in {name!r}; found {shown}{more}")
        return replace(self, rows=kept)
