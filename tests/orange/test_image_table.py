"""Tables that name images, as Import Images of Image Analytics makes them."""

from pathlib import Path

import numpy as np
import pytest
from Orange.data import ContinuousVariable, DiscreteVariable
from PIL import Image

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.orange.image_table import image_tables
from orangecontrib.transferlearning.sources.csv_source import CsvSource
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource

from ..conftest import solid


def values(table, name):
    variable = table.domain[name]
    return [variable.str_val(value) for value in table.get_column(variable)]


def test_folder_gives_the_table_that_import_images_gives(photos):
    from orangecontrib.imageanalytics.import_images import ImportImages

    (photos / "b" / "2.png").unlink()
    theirs, _ = ImportImages()(str(photos))
    ours = image_tables(FolderSource(photos), photos, class_name="category").images
    assert [(v.name, type(v)) for v in ours.domain.metas] == [(v.name, type(v)) for v in theirs.domain.metas]
    assert [v.attributes for v in ours.domain.metas] == [v.attributes for v in theirs.domain.metas]
    assert ours.domain.class_var == theirs.domain.class_var
    assert ours.domain.class_var.values == theirs.domain.class_var.values
    assert ours.X.shape == (4, 0)
    order = np.argsort(theirs.metas[:, 1])
    assert ours.metas.tolist() == theirs.metas[order].tolist()
    assert ours.Y.tolist() == theirs.Y[order].tolist()


def test_widgets_of_image_analytics_find_the_images(photos):
    from orangecontrib.imageanalytics.utils.image_utils import extract_paths, filter_image_attributes

    images = image_tables(FolderSource(photos), photos).images
    (column,) = [v for v in filter_image_attributes(images) if v.attributes.get("type") == "image"]
    assert extract_paths(images, column) == [
        str(photos / name) for name in ("a/1.png", "a/2.png", "b/1.png", "b/3.png")
    ]


def test_images_that_cannot_be_opened_are_told_apart(photos):
    tables = image_tables(FolderSource(photos), photos)
    assert values(tables.images, "image") == ["a/1.png", "a/2.png", "b/1.png", "b/3.png"]
    assert values(tables.skipped, "image") == ["b/2.png"]
    assert values(tables.skipped, "reason") == ["not an image, but text"]
    assert values(tables.skipped, "Class") == ["b"]
    assert tables.column.name == "image"


def test_all_or_none_may_be_readable(photos):
    assert image_tables(ListSource([photos / "b" / "2.png"]), photos).images is None
    assert image_tables(ListSource([photos / "b" / "1.png"]), photos).skipped is None


@pytest.fixture
def drive(tmp_path):
    for name in ("c1", "c2", "l1", "l2"):
        Image.fromarray(solid((1, 2, 3))).save(tmp_path / f"{name}.png")
    path = tmp_path / "log.csv"
    path.write_text("center,left,steering,size,note\nc1.png,l1.png,0.25,9,ok\nc2.png,l2.png,-1,7,\n")
    return path


def test_other_columns_of_a_log_travel(drive):
    source = CsvSource(drive, image_column="center", target_column="steering")
    table = image_tables(source, drive.parent, image_name="center").images
    assert [v.name for v in table.domain.metas] == [
        "image name", "center", "size (1)", "width", "height", "left", "size", "note",
    ]  # fmt: skip
    assert isinstance(table.domain.class_var, ContinuousVariable)
    assert table.Y.tolist() == [0.25, -1]
    assert values(table, "size") == ["9", "7"]
    assert values(table, "image name") == ["c1", "c2"]
    assert values(table, "note") == ["ok", "?"]


def test_other_columns_of_images_are_marked_too(drive):
    table = image_tables(CsvSource(drive, image_column="center"), drive.parent, image_name="center").images
    marked = {v.name: v.attributes for v in table.domain.metas if v.attributes}
    assert marked == {name: {"type": "image", "origin": str(drive.parent)} for name in ("center", "left")}


def test_labels_of_a_log_become_classes(drive):
    source = CsvSource(drive, image_column="center", label_column="size")
    table = image_tables(source, drive.parent, image_name="center").images
    assert isinstance(table.domain.class_var, DiscreteVariable)
    assert (table.domain.class_var.name, table.domain.class_var.values) == ("size", ("7", "9"))
    assert values(table, "size") == ["9", "7"]
    assert "size (1)" in table.domain


def test_images_elsewhere_keep_their_whole_path_and_addresses_are_not_opened(photos, tmp_path):
    source = ListSource([photos / "a" / "1.png", "http://localhost:1/2.png"])
    table = image_tables(source, tmp_path / "elsewhere").images
    assert values(table, "image") == [str(photos / "a" / "1.png"), "http://localhost:1/2.png"]
    assert np.isnan(table.get_column("width")).tolist() == [False, True]
    assert values(table, "image name") == ["1", "2"]


def test_class_can_be_left_out(photos):
    assert image_tables(FolderSource(photos), photos, with_class=False).images.domain.class_var is None


def test_progress_is_told_and_can_stop_it(photos):
    told = []
    image_tables(FolderSource(photos), photos, callback=told.append)
    assert told == [0.2, 0.4, 0.6, 0.8, 1]

    def stop(fraction):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        image_tables(FolderSource(photos), photos, callback=stop)


def test_names_in_the_table_have_forward_slashes(photos):
    table = image_tables(FolderSource(photos), photos).images
    assert all("/" in value and "\\" not in value for value in values(table, "image"))
    assert all((Path(photos) / value).is_file() for value in values(table, "image"))
