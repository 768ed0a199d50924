"""Tables with a column of images of one color."""

import numpy as np
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from PIL import Image

from .conftest import solid


def image_table(folder, n=12, column="image", numeric=False, shift=0):
    """Return a table of new images in a folder, with alternating classes "dark" and "light", and a number if wanted."""
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
    """Return the rows without their class, as Orange's widget Predictions does."""
    return table.transform(Domain(table.domain.attributes, None, table.domain.metas))


class Album(Table):
    """A table with an attribute of its own, like Orange's Corpus.

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
    """Return the first rows of a table with other images."""
    rows = table[: len(names)].copy()
    with rows.unlocked(rows.metas):
        rows[:, "image"] = np.array(names, dtype=object).reshape(-1, 1)
    return rows
