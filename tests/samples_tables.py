"""Tables that name images of one color, and how many of their images went through a network."""

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from PIL import Image

from .conftest import solid


def image_table(folder, n=12, column="image", numeric=False, shift=0):
    """A table of images in a folder: classes "dark" and "light" in turn; the first column is a number if wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        shade = (i * 7 + shift) % 90 + 150 * (i % 2)
        Image.fromarray(solid((shade, min(255, shade + i), (shade + 40) % 256))).save(folder / f"{i}.png")
    image = StringVariable(column)
    image.attributes = {"type": "image", "origin": str(folder)}
    attributes = [ContinuousVariable("weight")] if numeric else []
    return Table.from_numpy(
        Domain(attributes, DiscreteVariable("kind", ("dark", "light")), [StringVariable("note"), image]),
        np.arange(float(n))[:, None] if numeric else np.empty((n, 0)),
        np.arange(n) % 2.0,
        np.array([[f"no {i}", f"{i}.png"] for i in range(n)], object),
    )


def without_class(table):
    """The same rows as Predictions asks for them."""
    return table.transform(Domain(table.domain.attributes, None, table.domain.metas))


class Album(Table):
    """A kind of table that knows more than its cells, as a Corpus does.

    Attributes
    ----------
    owner : str
    """

    owner = ""

    @classmethod
    def from_table(cls, domain, source, row_indices=...):
        album = super().from_table(domain, source, row_indices)
        album.owner = source.owner
        return album

    @classmethod
    def from_table_rows(cls, source, row_indices):
        album = super().from_table_rows(source, row_indices)
        album.owner = source.owner
        return album


def with_images(table, names):
    """The first rows of a table, with other images."""
    rows = table[: len(names)].copy()
    with rows.unlocked(rows.metas):
        rows[:, "image"] = np.array(names, dtype=object).reshape(-1, 1)
    return rows
