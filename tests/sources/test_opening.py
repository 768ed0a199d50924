"""What a user points at is opened as what it is."""

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.sources.array_source import NpySource
from orangecontrib.transferlearning.sources.combined import SourceSubset
from orangecontrib.transferlearning.sources.csv_source import CsvSource
from orangecontrib.transferlearning.sources.folder_source import FolderSource
from orangecontrib.transferlearning.sources.list_source import ListSource
from orangecontrib.transferlearning.sources.opening import open_source

from ..samples import fill, keys, refusal


@pytest.fixture
def many(tmp_path):
    fill(tmp_path, "folder/a/1.png", "notes.md")
    Image.new("RGB", (2, 2)).save(tmp_path / "one.PNG")
    for extension in ("csv", "tsv", "txt"):
        (tmp_path / f"list.{extension}").write_text("x\t1.png\n" if extension == "tsv" else "x,1.png\n")
    np.save(tmp_path / "x.npy", np.zeros((2, 12), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options", "kind", "n_images"),
    [
        ("folder", {}, FolderSource, 1),
        ("list.csv", {"root": "."}, CsvSource, 1),
        ("list.tsv", {}, CsvSource, 1),
        ("folder", {"limit": 3}, SourceSubset, 1),
        ("x.npy", {"height": 2, "width": 2, "start_row": 2}, SourceSubset, 1),
        ("list.txt", {"image_column": "1.png", "label_column": "x"}, None, None),
        ("x.npy", {"height": 2, "width": 2, "labels": [0, 1]}, NpySource, 2),
        ("one.PNG", {}, ListSource, 1),
        ("https://example.org/a.png", {}, ListSource, 1),
    ],
)
def test_source_is_opened_by_what_it_is(many, monkeypatch, name, options, kind, n_images):
    monkeypatch.chdir(many)
    if kind is None:
        assert "found only a header" in refusal(open_source, name, **options)
    else:
        source = open_source(name, **options)
        assert (type(source), len(source)) == (kind, n_images)
        assert keys(source) == keys(source)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("folder", {"height": 5}, "folder is a folder, which takes no height; leave that out"),
        ("folder", {"labels": [1]}, "takes no labels"),
        (
            "list.csv",
            {"width": 5, "channels": 3},
            "list.csv is a table, which takes no channels, width; leave that out",
        ),
        ("x.npy", {"root": "."}, "x.npy is an array, which takes no root"),
        ("one.PNG", {"label_column": "y"}, "one.PNG is a single image, which takes no label_column"),
        ("folder", {"where": {"a": "b"}, "target_column": "y"}, "takes no target_column, where; leave that out"),
        ("folder", {"start_row": 2}, "found only 1;"),
        ("missing", {}, "missing: no such file or folder"),
        ("", {}, "No source is named"),
        ("notes.md", {}, "notes.md: expected a folder, a .csv, .tsv or .txt table, an .npy array or an image"),
        ("a" * 500, {}, "no such file or folder"),
    ],
)
def test_what_is_no_source_is_refused_in_one_line(many, monkeypatch, name, options, expected):
    monkeypatch.chdir(many)
    message = refusal(open_source, name, **options)
    assert expected in message
    assert "\n" not in message
