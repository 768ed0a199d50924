"""Images listed in a text table (comma, semicolon or tab separated), with what it says of them."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import SourceError
from ..images.locations import is_address
from ..records import ImageItem
from .folder_source import existing_folder
from .keys import location_key
from .labels import label_cells
from .list_source import ListSource
from .text_table import Columns, Rows, check_row_lengths, has_header, read_rows


class CsvSource(ListSource):
    """Images listed in a text table: comma, semicolon or tab separated, UTF-8.

    Without `image_column` there is no header, and each row is a label and a path. With it, the table has a header, and
    all columns that are not used otherwise become the images' metas. Columns of whole numbers in all rows become int,
    of other numbers float, all else stays text; an empty cell is no label. Whether the images exist is not looked at.
    Excel's first line ``sep=;`` is understood.

    Parameters
    ----------
    path : str or PathLike
    root : str or PathLike, optional
        Folder that relative paths start from; that of the table if not given.
    image_column : str or sequence of str, optional
        Header of the column with paths or URLs. With several (left, center, right) the images of a row follow one
        another, with the same label and metas, which name the row's images, too; `stream_rows` joins them again.
    label_column : str, optional
        Header of the column with classes. Without it there are no labels.
    target_column : str, optional
        Header of the column with numbers to predict, instead of classes.
    where : mapping of str to str or number, optional
        Columns and the values that a row must have there, all of them: ``{"frame_id": "center_camera"}``. Numbers are
        compared as numbers (10 and 10.0).

    Raises
    ------
    SourceError
        The table cannot be read, is empty, lacks a column, has a row that is too short, a target that is no number, no
        row as wanted, or a header whose columns nobody named.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        root: str | os.PathLike | None = None,
        image_column: str | Sequence[str] | None = None,
        label_column: str | None = None,
        target_column: str | None = None,
        where: Mapping[str, str | float] | None = None,
    ) -> None:
        path = Path(path)
        self._folder = path.parent if root is None else existing_folder(root)
        rows = read_rows(path)
        images = (image_column,) if isinstance(image_column, str) else tuple(image_column or ())
        if images:
            table = Columns.of(path, rows)
            self._read_columns(table, images, label_column, target_column, where or {})
            return
        for what, given in (("label column", label_column), ("target column", target_column), ("condition", where)):
            if given:
                raise SourceError(f"{path}: a {what} was named, but no image column; name both")
        self._read_pairs(path, rows)

    def __iter__(self) -> Iterator[ImageItem]:
        # Joined here, as paths take longer than all else in reading a long log.
        keys, cells, labels, metas = self._fields
        return map(ImageItem, keys, (_location(cell, self._folder) for cell in cells), labels, metas)

    def _read_pairs(self, path: Path, rows: Rows) -> None:
        _check_header(path, [row for _, row in rows], self._folder)
        check_row_lengths(path, rows, 2)
        super().__init__(
            [row[1] for _, row in rows],
            label_cells([row[0] for _, row in rows]),
            [location_key(row[1], f"line {line}") for line, row in rows],
        )

    def _read_columns(
        self,
        table: Columns,
        images: tuple[str, ...],
        label: str | None,
        target: str | None,
        where: Mapping[str, str | float],
    ) -> None:
        _check_columns(table.path, images, label, target)
        if not table.rows:
            raise SourceError(f"{table.path}: expected images, found only a header")
        table = table.where(where)
        locations = [table.cells(name) for name in images]
        labels = [None] * len(table.rows)
        if target is not None:
            labels = table.targets(target)
        elif label is not None:
            labels = label_cells(table.cells(label))
        metas = table.others({*images, label, target})
        if len(images) > 1:
            self.columns = images
            metas = [
                {name: location_key(cell, "") for name, cell in zip(images, row, strict=True)} | others
                for *row, others in zip(*locations, metas, strict=True)
            ]
        super().__init__(
            [cell for row in zip(*locations, strict=True) for cell in row],
            [each for each in labels for _ in images],
            _keys(table, locations, images),
            [each for each in metas for _ in images],
        )
        self.label_name = target or label
        self.is_target = target is not None


def _check_columns(path: Path, images: tuple[str, ...], label: str | None, target: str | None) -> None:
    if label is not None and target is not None:
        raise SourceError(f"{path}: expected a label column or a target column, received both; leave one out")
    if len(set(images)) < len(images):
        raise SourceError(f"{path}: an image column is named twice; name each once")


def _keys(table: Columns, locations: list[list[str]], images: tuple[str, ...]) -> list[str]:
    return [
        location_key(cell, f"line {line}" if len(images) == 1 else f"line {line} {name}")
        for (line, _), *row in zip(table.rows, *locations, strict=True)
        for name, cell in zip(images, row, strict=True)
    ]


def _check_header(path: Path, rows: list[list[str]], folder: Path) -> None:
    if has_header(rows, folder):
        raise SourceError(
            f"{path}: the first row looks like a header ({', '.join(rows[0])}); name the image column and the label or "
            "target column (--image-column, --label-column, --target-column)"
        )


def _location(text: str, folder: Path) -> str | Path:
    return text if not text or is_address(text) else folder / text
