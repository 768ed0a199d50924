"""What a user points at is opened as what it is."""

import os

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.images.locations import PublicAddress
from orangecontrib.transferlearning.sources.array_source import NpySource
from orangecontrib.transferlearning.sources.combined import SourceSubset
from orangecontrib.transferlearning.sources.csv_source import CsvSource
from orangecontrib.transferlearning.sources.folder_source import FolderSource, existing_folder
from orangecontrib.transferlearning.sources.list_source import ListSource
from orangecontrib.transferlearning.sources.opening import open_source, open_sources

from ..samples import FILES, fill, keys, refusal

EXPECTED = "expected a folder, a .csv, .tsv or .txt table, an .npy array or an image"
OTHERS = {
    "clip.mp4": b"\0\0\0\x18ftypmp42",
    "page.html": b"<!doctype html>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'>",
    "text.pdf": b"%PDF-1.4",
    "many.zip": b"PK\x03\x04\x14\0",
    "table.xlsx": b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml",
    "raw.cr2": b"II*\0\x10\0\0\0CR\x02\0",
    "slide.czi": b"ZISRAWFILE\0",
}


@pytest.fixture
def many(tmp_path):
    fill(tmp_path, "folder/a/1.png")
    (tmp_path / "notes.md").write_text("# Notes")
    (tmp_path / "empty.dat").touch()
    (tmp_path / "mixed.dat").write_bytes(b"\x01\x02\x03\xff")
    (tmp_path / "one.PNG_large").write_bytes(FILES["png"])
    for name, content in OTHERS.items():
        (tmp_path / name).write_bytes(content)
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
        ("one.PNG_large", {}, ListSource, 1),
        ("slide.czi", {}, ListSource, 1),
        ("raw.cr2", {}, ListSource, 1),
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
        ("notes.md", {}, f"notes.md: not an image, but text; {EXPECTED}"),
        ("empty.dat", {}, "empty.dat: the file is empty"),
        ("mixed.dat", {}, f"mixed.dat: {EXPECTED}"),
        ("clip.mp4", {}, "clip.mp4: not an image, but a video: save its frames as images"),
        ("page.html", {}, f"page.html: not an image, but an HTML page; {EXPECTED}"),
        ("drawing.svg", {}, "drawing.svg: not an image, but an SVG drawing: export it as PNG"),
        ("text.pdf", {}, "text.pdf: not an image, but a PDF document: save its pages as images"),
        ("many.zip", {}, "many.zip: not an image, but an archive: unpack it, and open the folder"),
        ("table.xlsx", {}, "not an image, but an office document: save its table as CSV, or its pictures as images"),
        ("a" * 500, {}, "no such file or folder"),
    ],
)
def test_what_is_no_source_is_refused_in_one_line(many, monkeypatch, name, options, expected):
    monkeypatch.chdir(many)
    message = refusal(open_source, name, **options)
    assert expected in message
    assert "\n" not in message


def test_link_that_leads_nowhere_says_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    links = {"loop": "loop", "a.png": "b.png", "b.png": "a.png", "gone": "away"}
    try:
        for name, target in links.items():
            os.symlink(target, name)
    except OSError:
        pytest.skip("needs links")
    for name in ("loop", "a.png"):
        assert refusal(open_source, name) == f"{name}: a link that leads to itself"
    assert refusal(open_source, "gone") == "gone: a link to away, which does not exist"
    assert refusal(existing_folder, "loop") == "loop: expected a folder, found a link that leads to itself"
    assert refusal(existing_folder, "none") == "none: expected a folder, found nothing there"


def test_addresses_are_public_ones_only_if_local_ones_are_not_allowed(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,http://localhost/1.png\nb,https://b/2.png\na,3.png\n")
    (tmp_path / "3.png").touch()
    plain, public = open_source(table), open_source(table, local_addresses=False, start_row=1, limit=3)
    assert [type(item.location) for item in plain][:2] == [str, str]
    assert [type(item.location) for item in public][:2] == [PublicAddress] * 2
    assert [(item.key, item.label, item.location) for item in public] == [
        (item.key, item.label, item.location) for item in plain
    ]
    assert (public.label_name, len(public), public.meta_names) == ("Class", 3, ())
    (one,) = open_source("http://localhost/1.png", local_addresses=False)
    assert isinstance(one.location, PublicAddress)
    joined = open_sources([table, "http://a/1.png"], local_addresses=False)
    assert [isinstance(item.location, PublicAddress) for item in joined] == [True, True, False, True]
