"""Which pictures and labels a text table lists."""

import csv

import pytest

from orangecontrib.transferlearning.csvfiles import CsvSource

from .samples import keys, labels, refusal


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
    ],
)
def test_table_that_cannot_be_used_is_refused(table, content, options, expected):
    assert expected in refusal(CsvSource, table(content), **options)


def test_cell_may_hold_a_whole_picture_and_the_limit_of_the_csv_module_stays(table):
    limit = csv.field_size_limit(1000)  # a global of that module, which Orange sets to another value
    picture = "data:image/png;base64," + "A" * 200_000
    try:
        (item,) = CsvSource(table(f'cat,"{picture}"'))
        assert csv.field_size_limit() == 1000
    finally:
        csv.field_size_limit(limit)
    assert item.location == picture


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('cat,a.jpg\n\n"dog,b.jpg\ncow,c.jpg\n', 3),
        ('"cat,a.jpg\n"dog",b.jpg\n', 1),
        ('cat,a.jpg\ndog,"b.jpg\n', 2),
        ('cat,"a".jpg\n', 1),
    ],
)
def test_quotation_mark_that_is_not_closed_is_refused_with_its_line(table, content, line):
    assert f"list.csv, line {line}: the row cannot be read" in refusal(CsvSource, table(content))


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_separator_that_excel_says_in_the_first_line_is_used(table, separator):
    source = CsvSource(table(f"sep={separator}\r\ncat: dog{separator}a.jpg\r\n{separator}\r\ncow{separator}\r\n"))
    assert list(zip(keys(source), labels(source), strict=True)) == [("a.jpg", "cat: dog"), ("line 4", "cow")]


@pytest.mark.parametrize(
    "content",
    [
        "id,photo\n1,a.jpg\n2,b.jpg\n3,\n",
        "Category,URL\ncat,https://example.org/1\n",
        "photo,kind\na.jpg,cat\nb.jpg,dog\n",
        "kind,where\ncat,here\n",
    ],
)
def test_first_row_unlike_the_others_is_a_header(table, content):
    path = table(content)
    (path.parent / "here").touch()
    assert "looks like a header" in refusal(CsvSource, path)
    assert "--image-column" in refusal(CsvSource, path)


@pytest.mark.parametrize("content", ["cat,one\ndog,two.jpg\ncow,three\n", "cat,one\n", "1,one\n2,\n"])
def test_rows_that_name_no_pictures_are_not_taken_for_headers(table, content):
    assert keys(CsvSource(table(content)))[0] == "one"


@pytest.mark.parametrize("row", ["class,a.jpg", "image,https://example.org/a", "label,here"])
def test_first_row_that_names_a_picture_is_no_header(table, row):
    path = table(row)
    (path.parent / "here").touch()
    assert keys(CsvSource(path)) == [row.split(",")[1]]


def test_table_that_is_not_there_is_refused(tmp_path):
    assert refusal(CsvSource, tmp_path / "a.csv") == f"{tmp_path / 'a.csv'}: no such file"
    assert "the file cannot be read" in refusal(CsvSource, tmp_path)
