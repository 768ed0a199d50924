import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from orangecontrib.transferlearning import sources
from orangecontrib.transferlearning.errors import SourceError
from orangecontrib.transferlearning.images import decode_image
from orangecontrib.transferlearning.sources import CsvSource, FolderSource, ListSource, NpySource, open_source


def keys(source):
    return [item.key for item in source]


def labels(source):
    return [item.label for item in source]


def refusal(call, *args, **kwargs):
    with pytest.raises(SourceError) as caught:
        call(*args, **kwargs)
    return str(caught.value)


def fill(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


# Folders


def test_folder_gives_sorted_pictures_labelled_by_subfolder(tmp_path):
    fill(tmp_path, "b/2.png", "a/c/3.gif", "a/1.JPG", "0.jpeg", "a/2.png")
    source = FolderSource(tmp_path)
    assert keys(source) == ["0.jpeg", "a/1.JPG", "a/2.png", "a/c/3.gif", "b/2.png"]
    assert labels(source) == [None, "a", "a", "a/c", "b"]
    assert [item.location for item in source] == [tmp_path / key for key in keys(source)]
    assert (len(source), source.label_name) == (5, "Class")


def test_folder_without_subfolders_has_no_labels(tmp_path):
    source = FolderSource(fill(tmp_path, "1.png", "2.tif", "notes/readme.txt"))
    assert (labels(source), source.label_name) == ([None, None], None)


def test_files_that_are_no_pictures_are_counted_and_hidden_ones_left_out(tmp_path):
    fill(tmp_path, "a.png", "b.txt", "c", "d.h5", "e.pdf", "f.eps", "x/g.mpg")
    fill(tmp_path, ".hidden.png", "._a.png", ".git/b.png", "__MACOSX/a.png", ".DS_Store")
    source = FolderSource(tmp_path)
    assert (keys(source), source.n_ignored) == (["a.png"], 6)


@pytest.mark.parametrize(
    "extension", [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"]
)
def test_usual_extensions_are_pictures(tmp_path, extension):
    assert len(FolderSource(fill(tmp_path, "a" + extension, "b" + extension.upper()))) == 2


def test_folder_that_is_relative_gives_keys_without_it(tmp_path, monkeypatch):
    fill(tmp_path, "in/a/1.png")
    monkeypatch.chdir(tmp_path)
    assert keys(FolderSource("in")) == keys(FolderSource("./in/")) == ["a/1.png"]
    assert keys(FolderSource(".")) == ["in/a/1.png"]


def test_links_are_followed_and_loops_end(tmp_path):
    fill(tmp_path, "root/a/1.png", "elsewhere/2.png")
    (tmp_path / "root/a/loop").symlink_to(tmp_path / "root")
    (tmp_path / "root/a/self").symlink_to(tmp_path / "root/a")
    (tmp_path / "root/linked").symlink_to(tmp_path / "elsewhere")
    assert keys(FolderSource(tmp_path / "root")) == ["a/1.png", "linked/2.png"]


@pytest.mark.skipif(os.name != "posix", reason="such names cannot be made elsewhere")
def test_file_name_that_is_not_unicode_gets_a_key_that_can_be_written(tmp_path):
    try:
        os.close(os.open(os.fsencode(tmp_path) + b"/\xff.png", os.O_CREAT))
    except OSError:
        pytest.skip("the file system takes Unicode names only")
    (item,) = FolderSource(tmp_path)
    assert item.key == "?.png"
    assert os.path.exists(item.location)


def test_folder_that_cannot_be_used_is_refused(tmp_path):
    fill(tmp_path, "a.png", "empty/.keep", "texts/a.txt")
    assert refusal(FolderSource, tmp_path / "b") == f"{tmp_path / 'b'}: expected a folder, found nothing there"
    assert refusal(FolderSource, tmp_path / "a.png") == f"{tmp_path / 'a.png'}: expected a folder, found a file"
    assert "expected pictures, found no files at all" in refusal(FolderSource, tmp_path / "empty")
    assert "expected pictures, found 1 other files" in refusal(FolderSource, tmp_path / "texts")


# Tables


@pytest.fixture
def table(tmp_path):
    def write(content, name="list.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write


@pytest.mark.parametrize(
    "content",
    [
        "cat,a.jpg\ndog,b/ć d.jpg\n",
        "cat;a.jpg\r\ndog;b/ć d.jpg",
        "cat\ta.jpg\n\n \t \ndog\tb/ć d.jpg\n\n",
        '"cat","a.jpg"\n"dog", b/ć d.jpg ,more\n',
        b"\xef\xbb\xbfcat,a.jpg\r\ndog,b/\xc4\x87 d.jpg\r\n",
    ],
)
def test_table_without_header_lists_labels_and_paths(table, content):
    path = table(content)
    source = CsvSource(path)
    assert keys(source) == ["a.jpg", "b/ć d.jpg"]
    assert labels(source) == ["cat", "dog"]
    assert [item.location for item in source] == [path.parent / "a.jpg", path.parent / "b/ć d.jpg"]
    assert (len(source), source.label_name) == (2, "Class")


def test_columns_are_found_by_name(table):
    path = table('id,file,"what, it is"\n1,a.jpg,cat\n2,"b,1.jpg",\n')
    source = CsvSource(path, image_column="file", label_column="what, it is")
    assert keys(source) == ["a.jpg", "b,1.jpg"]
    assert labels(source) == ["cat", None]
    assert source.label_name == "what, it is"


def test_image_column_alone_gives_no_labels(table):
    source = CsvSource(table("label,file\ncat,a.jpg\n"), image_column="file")
    assert (keys(source), labels(source), source.label_name) == (["a.jpg"], [None], None)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["0", "2", "-1", "+7"], [0, 2, -1, 7]),
        (["0", "", "2"], [0, None, 2]),
        (["0", "0.5", "1e3", ".5"], [0.0, 0.5, 1000.0, 0.5]),
        (["1.0", "2.0"], [1.0, 2.0]),
        (["0", "two"], ["0", "two"]),
        (["nan", "1"], ["nan", "1"]),
        (["1_0", "2"], ["1_0", "2"]),
        (["", ""], [None, None]),
    ],
)
def test_labels_get_the_type_that_fits_all_rows(table, cells, expected):
    found = labels(CsvSource(table("".join(f"{cell},{i}.jpg\n" for i, cell in enumerate(cells)))))
    assert found == expected
    assert [type(label) for label in found] == [type(label) for label in expected]


def test_only_relative_paths_start_from_the_root(table, tmp_path):
    absolute = tmp_path / "x.png"
    url, uri = "https://example.org/a.jpg?b=1", "data:image/gif;base64,AAAA"
    content = f'1,a.jpg\n1,{absolute}\n1,{url}\n1,"{uri}"\n1,\n'
    root = tmp_path / "pictures"
    root.mkdir()
    source = CsvSource(table(content), root=root)
    assert [item.location for item in source] == [root / "a.jpg", absolute, url, uri, ""]
    assert keys(source) == ["a.jpg", str(absolute), url, "line 4", "line 5"]


def test_picture_listed_twice_gets_two_keys(table):
    source = CsvSource(table("1,a.jpg\n1,a.jpg\n1,a.jpg (2)\n1,a.jpg\n1,b.jpg\n"))
    assert keys(source) == ["a.jpg", "a.jpg (3)", "a.jpg (2)", "a.jpg (4)", "b.jpg"]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("", {}, "expected a row for each picture, found an empty file"),
        ("\n ; \n", {}, "found an empty file"),
        ("cat,a.jpg\n\ndog\n", {}, "line 3: expected 2 cells or more, found 1"),
        ("a.jpg\n", {}, "line 1: expected 2 cells or more, found 1"),
        ("file,class\na.jpg\n", {"image_column": "file", "label_column": "class"}, "line 2: expected 2 cells or more"),
        ("file,class\n", {"image_column": "file"}, "expected pictures, found only a header"),
        ("file,class\na,b\n", {"image_column": "path"}, "expected a column 'path', found 'file', 'class'"),
        (
            "file,class\na,b\n",
            {"image_column": "file", "label_column": "y"},
            "expected a column 'y', found 'file', 'class'",
        ),
        ("cat,a.jpg\n", {"label_column": "y"}, "a label column was named, but no image column; name both"),
        ("Label,Path\ncat,a.jpg\n", {}, "the first row looks like a header (Label, Path); name the image column"),
        ("image,category\na.jpg,cat\n", {}, "looks like a header"),
        (b"caf\xe9,a.jpg\n", {}, "expected text in UTF-8"),
        ("cat,a.jpg".encode("utf-16"), {}, "expected text in UTF-8"),
        ("cat,a.jpg\n", {"root": "/nowhere/at/all"}, "expected a folder, found nothing there"),
        ("cat," + "a" * 200_000, {}, "line 1: field larger than field limit"),
    ],
)
def test_table_that_cannot_be_used_is_refused(table, content, options, expected):
    assert expected in refusal(CsvSource, table(content), **options)


@pytest.mark.parametrize("row", ["class,a.jpg", "image,https://example.org/a", "label,here"])
def test_first_row_that_names_a_picture_is_no_header(table, row):
    path = table(row)
    (path.parent / "here").touch()
    assert keys(CsvSource(path)) == [row.split(",")[1]]


def test_table_that_is_not_there_is_refused(tmp_path):
    assert refusal(CsvSource, tmp_path / "a.csv") == f"{tmp_path / 'a.csv'}: no such file"
    assert "the file cannot be read" in refusal(CsvSource, tmp_path)


# Arrays


def test_array_file_gives_one_picture_at_a_time(tmp_path):
    data = np.arange(5 * 2 * 4 * 3, dtype=np.uint8).reshape(5, -1)
    np.save(tmp_path / "x.npy", data)
    np.save(tmp_path / "y.npy", np.array([2, 0, 1, 0, 2]))
    source = NpySource(tmp_path / "x.npy", tmp_path / "y.npy", height=2, width=4)
    assert isinstance(source._data, np.memmap)
    assert (len(source), source.label_name) == (5, "Class")
    assert keys(source) == ["0", "1", "2", "3", "4"]
    for item, row in zip(source, data, strict=True):
        assert type(item.location) is np.ndarray
        np.testing.assert_array_equal(item.location, row.reshape(2, 4, 3))


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((2, 24), {"height": 2, "width": 4}, (2, 4, 3)),
        ((2, 24), {"height": 4, "width": 6, "channels": 1}, (4, 6, 1)),
        ((2, 24), {"height": 2, "width": 3, "channels": 4}, (2, 3, 4)),
        ((2, 5, 6), {}, (5, 6, 1)),
        ((2, 5, 6), {"height": 5, "width": 6, "channels": 1}, (5, 6, 1)),
        ((2, 20, 3), {"height": 20, "width": 3}, (20, 3, 1)),
        ((2, 5, 6, 1), {}, (5, 6, 1)),
        ((2, 5, 6, 3), {"width": 6}, (5, 6, 3)),
        ((2, 5, 6, 4), {}, (5, 6, 4)),
    ],
)
def test_array_shapes_are_understood(shape, options, expected):
    data = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    for item, values in zip(NpySource(data, **options), data, strict=True):
        np.testing.assert_array_equal(item.location, values.reshape(expected))
        assert decode_image(item.location).shape == (*expected[:2], 3)


@pytest.mark.parametrize(
    ("shape", "options", "expected"),
    [
        ((2, 10800), {"height": 90, "width": 160}, "10800 values a picture are not 90 x 160 x 3 = 43200"),
        (
            (2, 10800),
            {"height": 90},
            "a row of 10800 values, which does not tell its shape: give height, width and channels",
        ),
        ((2, 24), {"height": 3, "width": 4, "channels": 2}, "expected 1, 3 or 4 channels"),
        ((2, 24), {"height": -2, "width": -4}, "24 values a picture are not -2 x -4 x 3"),
        ((2, 3, 8, 8), {}, "expected 1, 3 or 4 channels in the last dimension, found 8"),
        ((2, 5, 6, 3), {"height": 6, "width": 5}, "expected pictures of 6 x 5 x 3, found 5 x 6 x 3"),
        ((90, 160, 3), {}, "shape (90, 160, 3) looks like a single picture"),
        ((24,), {}, "expected an array of 2, 3 or 4 dimensions"),
        ((2, 2, 2, 2, 3), {}, "expected an array of 2, 3 or 4 dimensions"),
        ((0, 2, 2, 3), {}, "found an empty one"),
        ((), {}, "found an empty one"),
    ],
)
def test_array_of_another_shape_is_refused(shape, options, expected):
    assert expected in refusal(NpySource, np.zeros(shape, np.uint8), **options)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 7, 255], np.uint8), [0, 7, 255]),
        (np.array([0, 7, 255], np.int64), [0, 7, 255]),
        (np.array([0, 7, 255], ">u2"), [0, 7, 255]),
        (np.array([False, True, True]), [0, 255, 255]),
        (np.array([0, 0.1, 1]), [0, 26, 255]),
        (np.array([0, 1, 1.01], np.float32), [0, 1, 1]),
        (np.array([0, 7.6, 255], np.float16), [0, 8, 255]),
    ],
)
def test_values_become_uint8_by_one_rule_for_all_pictures(values, expected, monkeypatch):
    monkeypatch.setattr(sources, "_CHUNK_BYTES", 1)
    source = NpySource(values.reshape(3, 1, 1, 1))
    assert [item.location.item() for item in source] == expected
    assert {item.location.dtype for item in source} == {np.dtype(np.uint8)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 256, 3], "from 0 to 256"),
        ([0, -1, 3], "from -1 to 3"),
        ([0.0, 300.0, 3.0], "from 0.0 to 300.0"),
        ([0.0, np.nan, 3.0], "within 0-255"),
        ([np.nan, 0.0, 3.0], "within 0-255"),
        ([0.0, np.inf, 3.0], "from 0.0 to inf"),
        (["a", "b", "c"], "must be numbers"),
        ([1j, 2j, 3j], "must be numbers"),
    ],
)
def test_values_that_are_no_pixels_are_refused(values, expected, monkeypatch):
    monkeypatch.setattr(sources, "_CHUNK_BYTES", 1)
    assert expected in refusal(NpySource, np.array(values).reshape(3, 1, 1, 1))


@pytest.mark.parametrize(
    ("given_labels", "expected"),
    [
        (np.array(["cat", "", "dog"]), ["cat", None, "dog"]),
        (np.array([b"cat", b"dog", "é".encode()]), ["cat", "dog", "é"]),
        (np.array([[1], [0], [1]], np.uint8), [1, 0, 1]),
        (np.array([0.5, np.nan, 1]), [0.5, None, 1.0]),
        (np.array([True, False, True]), [1, 0, 1]),
        (["cat", None, 3], ["cat", None, 3]),
    ],
)
def test_labels_become_python_scalars(given_labels, expected):
    found = labels(NpySource(np.zeros((3, 2, 2), np.uint8), given_labels))
    assert found == expected
    assert [type(label) for label in found] == [type(label) for label in expected]


@pytest.mark.parametrize(
    ("given_labels", "expected"),
    [
        (np.zeros(4), "3 pictures, found 4 labels"),
        (["a"], "3 pictures, found 1 labels"),
        (np.zeros((3, 2)), "expected labels in one column of text or numbers, found float64 of shape (3, 2)"),
        (np.array([{}, {}, {}]), "expected labels in one column of text or numbers, found object"),
    ],
)
def test_labels_that_do_not_fit_are_refused(given_labels, expected):
    assert expected in refusal(NpySource, np.zeros((3, 2, 2), np.uint8), given_labels)


def test_array_without_labels_has_none():
    source = NpySource(np.zeros((2, 2, 2), np.uint8))
    assert (labels(source), source.label_name) == ([None, None], None)


class Trap:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_file_that_is_no_array_is_refused(tmp_path):
    path = tmp_path / "x.npy"
    assert refusal(NpySource, path) == f"{path}: no such file"
    np.save(path, np.array([Trap(), Trap()]), allow_pickle=True)
    assert "found pickled objects, which are never unpickled" in refusal(NpySource, path)
    np.save(path, np.zeros((9, 9, 9)))
    path.write_bytes(path.read_bytes()[:-5])
    assert "damaged or incomplete" in refusal(NpySource, path)
    path.write_bytes(path.read_bytes()[:30])
    assert "damaged or incomplete" in refusal(NpySource, path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", b"")
    assert "take one array out of the .npz" in refusal(NpySource, path)
    path.write_bytes(b"")
    assert "expected an array in an .npy file" in refusal(NpySource, path)


# Lists


def test_list_takes_paths_urls_and_arrays():
    array = np.zeros((2, 2), np.uint8)
    locations = ["a.jpg", Path("b/c.png"), array, "data:image/png;base64,AAAA", "https://x.org/a.jpg", "a.jpg"]
    source = ListSource(locations, labels=["u", "v", None, 1, 2.5, ""])
    assert keys(source) == ["a.jpg", os.path.join("b", "c.png"), "2", "3", "https://x.org/a.jpg", "a.jpg (2)"]
    assert labels(source) == ["u", "v", None, 1, 2.5, None]
    assert [item.location for item in source][2] is array
    assert source.label_name == "Class"


def test_list_uses_the_given_keys():
    source = ListSource(["a.jpg", "b.jpg", "c.jpg"], keys=["x", "y", "x"])
    assert (keys(source), source.label_name) == (["x", "y", "x (2)"], None)


def test_list_that_does_not_fit_is_refused():
    assert "2 pictures, found 1 labels" in refusal(ListSource, ["a", "b"], labels=["x"])
    assert "2 pictures, found 3 keys" in refusal(ListSource, ["a", "b"], keys="xyz")
    assert "received a single location: a.jpg" in refusal(ListSource, "a.jpg")


@given(st.lists(st.sampled_from(["a", "a (2)", "a (3)", "b", "b (2)", "b (2) (2)"])))
def test_keys_are_unique_keep_their_order_and_change_only_if_repeated(given_keys):
    unique = keys(ListSource(["x"] * len(given_keys), keys=given_keys))
    assert len(set(unique)) == len(given_keys)
    for position, (key, given_key) in enumerate(zip(unique, given_keys, strict=True)):
        assert key.startswith(given_key)
        assert (key == given_key) == (given_key not in given_keys[:position])


# Any of them


@pytest.fixture
def many(tmp_path):
    fill(tmp_path, "folder/a/1.png", "notes.md")
    Image.new("RGB", (2, 2)).save(tmp_path / "one.PNG")
    for extension in ("csv", "tsv", "txt"):
        (tmp_path / f"list.{extension}").write_text("x\t1.png\n" if extension == "tsv" else "x,1.png\n")
    np.save(tmp_path / "x.npy", np.zeros((2, 12), np.uint8))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "options", "kind", "n_pictures"),
    [
        ("folder", {}, FolderSource, 1),
        ("list.csv", {"root": "."}, CsvSource, 1),
        ("list.tsv", {}, CsvSource, 1),
        ("list.txt", {"image_column": "1.png", "label_column": "x"}, None, None),
        ("x.npy", {"height": 2, "width": 2, "labels": [0, 1]}, NpySource, 2),
        ("one.PNG", {}, ListSource, 1),
        ("https://example.org/a.png", {}, ListSource, 1),
    ],
)
def test_source_is_opened_by_what_it_is(many, monkeypatch, name, options, kind, n_pictures):
    monkeypatch.chdir(many)
    if kind is None:
        assert "found only a header" in refusal(open_source, name, **options)
    else:
        source = open_source(name, **options)
        assert (type(source), len(source)) == (kind, n_pictures)
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
        ("one.PNG", {"label_column": "y"}, "one.PNG is a single picture, which takes no label_column"),
        ("missing", {}, "missing: no such file or folder"),
        ("notes.md", {}, "notes.md: expected a folder, a .csv, .tsv or .txt table, an .npy array or a picture"),
        ("a" * 500, {}, "no such file or folder"),
    ],
)
def test_what_is_no_source_is_refused_in_one_line(many, monkeypatch, name, options, expected):
    monkeypatch.chdir(many)
    message = refusal(open_source, name, **options)
    assert expected in message
    assert "\n" not in message
