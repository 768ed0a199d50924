"""A source of images listed in a text table, with labels and other columns."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import SourceError
from ..images.locations import is_address
from ..plurals import pl
from ..records import ImageItem
from .folder_source import existing_folder
from .image_finder import ImageFinder
from .keys import location_key, on_one_line
from .labels import label_cells
from .list_source import ListSource
from .table_columns import N_COMPARED, all_image_columns, has_header, open_columns, pair_columns
from .text_table import NumberedRows, TextTable, check_no_more_cells, check_row_lengths, read_rows


class CsvSource(ListSource):
    """A source of images listed in a text table in UTF-8, separated by commas, semicolons or tabs.

    Without `image_column`, the table has no header, and each row is a label and a path, or a path and a label. With it,
    the table has a header, or columns are named by their places ("column 1"), and all other columns become metas.
    Columns of whole numbers become int, columns of other numbers float, and all others text; an empty cell is a missing
    label. Of columns with the same name, the first keeps it, and the next are "label (2)", ...; `remarks` tells so. The
    table may begin with Excel's line ``sep=;``.

    Images whose paths are those of another computer, or lack their suffix, are found by their file names beside the
    table and in folders there (`ImageFinder`); `remarks` tells so.

    Parameters
    ----------
    path : str or PathLike
    root : str or PathLike, optional
        Folder that relative paths start from; by default the folder of the table.
    image_column : str or sequence of str, optional
        Header of the column with paths or URLs. With several columns (left, center, right), the images of a row follow
        one another, with the same label and metas, which also name the images of the row; `stream_rows` joins them.
    label_column : str, optional
        Header of the column with classes; without it, there are no labels.
    target_column : str, optional
        Header of the column with numbers to predict, instead of classes.
    where : mapping of str to str or number, optional
        Values that a row must have, by column: ``{"frame_id": "center_camera"}``. Numbers are compared as numbers (10
        equals 10.0).

    Raises
    ------
    SourceError
        The table cannot be read or is empty, a column is missing, a row is too short or too long, a target is not a
        number, no row has the values, or the table has a header and no image column is given.
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
        path = Path(path).expanduser()
        self._folder = path.parent if root is None else existing_folder(root)
        self._place = "beside the table" if root is None else f"within {root}"
        rows = read_rows(path)
        images = (image_column,) if isinstance(image_column, str) else tuple(image_column or ())
        if images:
            table = open_columns(path, rows, images, self._folder)
            self._read_columns(table, images, label_column, target_column, where or {})
            return
        for what, given in (("label column", label_column), ("target column", target_column), ("condition", where)):
            if given:
                raise SourceError(f"{path}: a {what} was named, but no image column; name both")
        self._read_pairs(path, rows)

    def __iter__(self) -> Iterator[ImageItem]:
        # Paths are joined here, as this is the slowest part of reading a long table.
        keys, cells, labels, metas = self._fields
        return map(ImageItem, keys, map(self._location, cells), labels, metas)

    def _location(self, cell: str) -> str | Path:
        if not cell or is_address(cell):
            return cell
        return self._found.get(cell) or self._folder / cell

    def _find(self, cells: list[str]) -> None:
        finding = ImageFinder(self._folder, self._place).find(cells)
        self._found = finding.paths
        self.remarks += (finding.remark,) if finding.remark else ()

    def _read_pairs(self, path: Path, rows: NumberedRows) -> None:
        cells = [row for _, row in rows]
        _check_header(path, cells, self._folder)
        check_row_lengths(path, rows, 2)
        check_no_more_cells(path, rows)
        image, label = pair_columns(path, cells, self._folder)
        if image == 0:
            self.remarks = ("the first column names the images, the second has the labels",)
        images = [row[image] for row in cells]
        self._find(images)
        super().__init__(
            images,
            label_cells([row[label] for row in cells], are_classes=True),
            [location_key(row[image], f"line {line}") for line, row in rows],
        )

    def _read_columns(
        self,
        table: TextTable,
        images: tuple[str, ...],
        label: str | None,
        target: str | None,
        where: Mapping[str, str | float],
    ) -> None:
        _check_columns(table.path, images, label, target)
        if not table.rows:
            raise SourceError(f"{table.path}: expected images, found only a header")
        self.remarks = tuple(_describe_repeated(name, columns) for name, columns in table.repeated.items())
        table = table.where(where)
        locations = [table.cells(name) for name in images]
        _check_exchanged(table, images, label, self._folder)
        labels = [None] * len(table.rows)
        if target is not None:
            labels = table.targets(target)
        elif label is not None:
            labels = label_cells(table.cells(label), are_classes=True)
        metas = table.others({*images, label, target})
        if len(images) > 1:
            self.columns = images
            metas = [
                {name: location_key(cell, "") for name, cell in zip(images, row, strict=True)} | others
                for *row, others in zip(*locations, metas, strict=True)
            ]
        cells = [cell for row in zip(*locations, strict=True) for cell in row]
        self._find(cells)
        super().__init__(
            cells,
            [each for each in labels for _ in images],
            _keys(table, locations, images),
            [each for each in metas for _ in images],
        )
        self.label_name = target or label
        self.is_target = target is not None


def _describe_repeated(name: str, columns: Sequence[str]) -> str:
    return (
        f"{len(columns)} columns are called {on_one_line(name)}: this means the first, and the "
        f"{pl(len(columns) - 1, 'other is|others are')} {on_one_line(', '.join(columns[1:]))} here"
    )


def _check_columns(path: Path, images: tuple[str, ...], label: str | None, target: str | None) -> None:
    if label is not None and target is not None:
        raise SourceError(f"{path}: expected a label column or a target column, received both; leave one out")
    if len(set(images)) < len(images):
        raise SourceError(f"{path}: an image column is named twice; name each once")


def _keys(table: TextTable, locations: list[list[str]], images: tuple[str, ...]) -> list[str]:
    return [
        location_key(cell, f"line {line}" if len(images) == 1 else f"line {line} {name}")
        for (line, _), *row in zip(table.rows, *locations, strict=True)
        for name, cell in zip(images, row, strict=True)
    ]


def _check_header(path: Path, rows: list[list[str]], folder: Path) -> None:
    if has_header(rows, folder):
        raise SourceError(
            f"{path}: the first row looks like a header ({on_one_line(', '.join(rows[0]))}); name the image column and "
            "the label or target column (--image-column, --label-column, --target-column)"
        )


def _check_exchanged(table: TextTable, images: tuple[str, ...], label: str | None, folder: Path) -> None:
    places = all_image_columns([row for _, row in table.rows[:N_COMPARED]], folder)
    named = [table.names[place] for place in places if place < len(table.names)]
    if label in named and not set(images) & set(named):
        raise SourceError(
            f"{table.path}: column {label!r} names images, and column {images[0]!r} does not; exchange the image "
            "column and the label column"
        )
