"""Which images and labels a text table lists."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orangecontrib.transferlearning.sources.csv_source import CsvSource

from ..hostile.mutations import check_table
from ..samples import fill, keys, labels, refusal


@pytest.mark.parametrize(
    "content",
    [
        "cat,a.jpg\ndog,b/ć d.jpg\n",
        "cat;a.jpg\r\ndog;b/ć d.jpg",
        "cat\ta.jpg\n\n \t \ndog\tb/ć d.jpg\n\n",
        '"cat","a.jpg",\n"dog", b/ć d.jpg ,more\n',
        b"\xef\xbb\xbfcat,a.jpg\r\ndog,b/\xc4\x87 d.jpg\r\n",
        "cat,a.jpg\ndog,b/ć d.jpg\n".encode("utf-16"),
        b"\xfe\xff" + "cat\ta.jpg\r\ndog\tb/ć d.jpg\r\n".encode("utf-16-be"),
        "cat,a.jpg\rdog,b/ć d.jpg\r",
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
    root = tmp_path / "images"
    root.mkdir()
    source = CsvSource(table(content), root=root)
    assert [item.location for item in source] == [root / "a.jpg", absolute, url, uri, ""]
    assert keys(source) == ["a.jpg", str(absolute), url, "line 4", "line 5"]


def test_image_listed_twice_gets_two_keys(table):
    source = CsvSource(table("1,a.jpg\n1,a.jpg\n1,a.jpg (2)\n1,a.jpg\n1,b.jpg\n"))
    assert keys(source) == ["a.jpg", "a.jpg (3)", "a.jpg (2)", "a.jpg (4)", "b.jpg"]


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("", {}, "expected a row for each image, found an empty file"),
        ("\n ; \n", {}, "found an empty file"),
        ("cat,a.jpg\n\ndog\n", {}, "line 3: expected 2 cells or more, found 1"),
        ("a.jpg\n", {}, "line 1: expected 2 cells or more, found 1"),
        ("file,class\na.jpg\n", {"image_column": "file", "label_column": "class"}, "line 2: expected 2 cells or more"),
        (
            "path,angle,speed\na.jpg,0,5,30\nb.jpg,1,5,40\n",
            {"image_column": "path", "target_column": "angle"},
            "line 2: expected 3 cells, as in the header, found 4: a cell is missing, or a value with a separator in "
            "it, such as a decimal comma, is not in quotation marks",
        ),
        ("path,n\na.jpg,1\n\nb.jpg,1,,x\n", {"image_column": "path"}, "line 4: expected 2 cells, as in the header"),
        ("a.jpg,1\nb.jpg,0,5\n", {}, "line 2: expected 2 cells, as in line 1, found 3"),
        ("a.jpg,0,5\nb.jpg,1\n", {}, "line 1: expected 2 cells, as in line 2, found 3"),
        (
            "a.jpg,0,5,30\nb.jpg,1,30\n",
            {"image_column": "column 1", "target_column": "column 2"},
            "line 1: expected 3 cells, as in line 2, found 4",
        ),
        ("file,class\n", {"image_column": "file"}, "expected images, found only a header"),
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
        ("cat,a.jpg".encode("utf-16-le"), {}, "expected text in UTF-8, found UTF-16 without its mark; save it as CSV"),
        ("cat,a.jpg".encode("utf-16-be"), {}, "expected text in UTF-8, found UTF-16 without its mark; save it as CSV"),
        ("ca\0t,a.jpg", {}, "expected text in UTF-8, found null characters, which text does not have; save it as CSV"),
        (
            "c.jpg,a.jpg,b.jpg\n",
            {},
            "several columns name images; name the image column (--image-column):",
        ),
        (
            "kind,photo\ncat,a.jpg\n",
            {"image_column": "kind", "label_column": "photo"},
            "column 'photo' names images, and column 'kind' does not; exchange the image column and the label column",
        ),
        ("cat,a.jpg\n", {"root": "/nowhere/at/all"}, "expected a folder, found nothing there"),
    ],
)
def test_table_that_cannot_be_used_is_refused(table, content, options, expected):
    assert expected in refusal(CsvSource, table(content), **options)


@pytest.mark.parametrize(
    "content",
    [
        "id,photo\n1,a.jpg\n2,b.jpg\n3,\n",
        "Category,URL\ncat,https://example.org/1\n",
        "photo,kind\na.jpg,cat\nb.jpg,dog\n",
        "kind,where\ncat,here\n",
        "index,time,filename,angle\n0,1,a.jpg,0.5\n1,2,b.jpg,0\n",
    ],
)
def test_first_row_unlike_the_others_is_a_header(table, content):
    path = table(content)
    (path.parent / "here").touch()
    assert "looks like a header" in refusal(CsvSource, path)
    assert "--image-column" in refusal(CsvSource, path)


@pytest.mark.parametrize("content", ["cat,one\ndog,two.jpg\ncow,three\n", "cat,one\n", "1,one\n2,\n"])
def test_rows_that_name_no_images_are_not_taken_for_headers(table, content):
    assert keys(CsvSource(table(content)))[0] == "one"


@pytest.mark.parametrize("row", ["class,a.jpg", "image,https://example.org/a", "label,here"])
def test_first_row_that_names_an_image_is_no_header(table, row):
    path = table(row)
    (path.parent / "here").touch()
    assert keys(CsvSource(path)) == [row.split(",")[1]]


def test_names_without_suffix_are_recognized_by_the_files(table, tmp_path):
    fill(tmp_path, "train/0001.jpg", "train/0002.jpg")
    assert "the first row looks like a header (breed, id)" in refusal(CsvSource, table("breed,id\nx,0001\ny,0002\n"))
    for content in ("0001,x\n0002,y\n", "x,0001\ny,0002\n"):
        source = CsvSource(table(content))
        assert (keys(source), labels(source)) == (["0001", "0002"], ["x", "y"])
        assert source.remarks[-1] == "2 of 2 images were found by name without suffix in train beside the table"
    assert "column 'id' names images, and column 'breed' does not; exchange the image column" in refusal(
        CsvSource, table("id,breed\n0001,x\n0002,y\n"), image_column="breed", label_column="id"
    )


def test_classes_that_are_names_of_images_too_are_classes(table, tmp_path):
    fill(tmp_path, "0.png", "1.png", "2.png", "3.png")
    source = CsvSource(table("0,0\n1,1\n0,2\n1,3\n"))
    assert (keys(source), labels(source)) == (["0", "1", "2", "3"], [0, 1, 0, 1])
    source = CsvSource(table("0,0\n1,1\n"))
    assert (keys(source), labels(source)) == (["0", "1"], [0, 1])


def test_columns_may_be_exchanged(table):
    source = CsvSource(table("a.jpg,cat\nb.jpg,dog\n"))
    assert (keys(source), labels(source)) == (["a.jpg", "b.jpg"], ["cat", "dog"])
    assert source.remarks[0] == "the first column names the images, the second has the labels"


@pytest.mark.parametrize("ending", [",", ",,", ", ,"])
def test_separators_at_the_end_of_a_row_are_no_cells(table, ending):
    source = CsvSource(table(f"path,y\na.jpg,1{ending}\n"), image_column="path", target_column="y")
    assert (labels(source), source.meta_names) == ([1.0], ())
    assert labels(CsvSource(table(f"a.jpg,x{ending}\nb.jpg,y\n"))) == ["x", "y"]


@pytest.mark.parametrize("options", [{}, {"image_column": "column 2", "label_column": "column 1"}])
def test_classes_in_several_spellings_of_a_number_stay_classes(table, options):
    path = table("1.1,a.jpg\n1.10,b.jpg\n1.2,c.jpg\n1.20,d.jpg\n")
    assert labels(CsvSource(path, **options)) == ["1.1", "1.10", "1.2", "1.20"]


def test_columns_without_a_header_are_named_by_their_places(table):
    path = table("c1.jpg,l1.jpg,0.5\nc2.jpg,l2.jpg,-1\n")
    source = CsvSource(path, image_column=["column 1", "column 2"], target_column="column 3")
    assert keys(source) == ["c1.jpg", "l1.jpg", "c2.jpg", "l2.jpg"]
    assert labels(source) == [0.5, 0.5, -1, -1]
    assert "expected a column 'column 1'" in refusal(CsvSource, table("image,y\na.jpg,1\n"), image_column="column 1")


def test_line_breaks_in_the_first_cell_do_not_hide_the_separator(table):
    source = CsvSource(table('"a\nb",p0.png\nb,p1.png\n'))
    assert (keys(source), labels(source)) == (["p0.png", "p1.png"], ["a\nb", "b"])
    source = CsvSource(table('path,Class,note\nok.png,x,"first\rsecond"\nok.png,y,plain\n'), image_column="path")
    assert [item.metas["note"] for item in source] == ["first\rsecond", "plain"]


PATHS = [
    r"C:\Users\me\Desktop\sim\IMG\{}.jpg", r"\\server\share\IMG\{}.jpg", r"IMG\{}.jpg", r".\IMG\{}.jpg",
    "/Users/me/sim/IMG/{}.jpg",
    "old/IMG/{}.jpg", "{}.jpg", "{}", "IMG/{}", "img/{}.JPG",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_images_of_another_computer_are_found_by_name(table, tmp_path, path):
    fill(tmp_path, "IMG/c1.jpg", "IMG/c2.jpg", "IMG/l1.jpg", "IMG/l2.jpg", ".hidden/c1.jpg", "@eaDir/c1.jpg")
    rows = [f"{path.format(f'c{i}')}, {path.format(f'l{i}')}, {i / 2}" for i in (1, 2)]
    source = CsvSource(table("center,left,y\n" + "\n".join(rows)), image_column=["center", "left"], target_column="y")
    assert [item.location for item in source] == [tmp_path / "IMG" / f"{name}.jpg" for name in ("c1", "l1", "c2", "l2")]
    assert keys(source)[0] == path.format("c1")
    how = "file name" if path.lower().endswith(".jpg") else "name without suffix"
    assert source.remarks == (f"4 of 4 images were found by {how} in IMG beside the table",)


def test_images_of_another_computer_are_found_within_the_root(table, tmp_path):
    fill(tmp_path, "photos/1.png", "photos/2.png", "lists/x")
    path = table("a,C:\\x\\1.png\nb,C:\\x\\2.png\n", "lists/list.csv")
    assert CsvSource(path, root=tmp_path / "photos").remarks == (
        f"2 of 2 images were found by file name within {tmp_path / 'photos'}",
    )
    assert CsvSource(path).remarks == (
        f"2 images were not found in {tmp_path / 'lists'} and its folders; the first: C:\\x\\1.png: there is no file "
        "of its name; choose the folder where they are (--root)",
    )


@given(content=st.binary() | st.text().map(str.encode))
@example(content=b'"')
@example(content=b'a,"b')
@example(content=b"a\rb,c\n")
@example(content=b"\xff\xfea")
@example(content=b"\0,\0")
@example(content=b"image\x85,b\na.jpg,1")
@example(content=b"sep=,\na,b")
@example(content=b"image;la\nb.jpg;pg;c.jpg\n")
def test_any_file_is_a_table_or_refused_in_one_line(table, content):
    check_table(table(content))


LOG = """index,frame_id,filename,angle,speed
0,left_camera,left/1.jpg,0.0041,10
1,center_camera,center/1.jpg,-1,10.0
2,right_camera,right/1.jpg,,9
3,center_camera,center/2.jpg,0.25,
"""


def test_target_is_numbers_and_an_empty_cell_none(table):
    source = CsvSource(table(LOG), image_column="filename", target_column="angle")
    assert labels(source) == [0.0041, -1.0, None, 0.25]
    assert {type(label) for label in labels(source)} == {float, type(None)}
    assert (source.label_name, source.is_target) == ("angle", True)
    assert not CsvSource(table(LOG), image_column="filename", label_column="angle").is_target


def test_columns_not_used_otherwise_are_metas_with_numbers_as_numbers(table):
    source = CsvSource(table(LOG), image_column="filename", target_column="angle")
    assert source.meta_names == ("index", "frame_id", "speed")
    assert [item.metas for item in source] == [
        {"index": 0, "frame_id": "left_camera", "speed": 10.0},
        {"index": 1, "frame_id": "center_camera", "speed": 10.0},
        {"index": 2, "frame_id": "right_camera", "speed": 9.0},
        {"index": 3, "frame_id": "center_camera", "speed": None},
    ]
    assert CsvSource(table("cat,a.jpg,x\n")).meta_names == ()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"frame_id": "center_camera"}, ["center/1.jpg", "center/2.jpg"]),
        ({"frame_id": "center_camera", "speed": "10"}, ["center/1.jpg"]),
        ({"speed": 10}, ["left/1.jpg", "center/1.jpg"]),
        ({"speed": ""}, ["center/2.jpg"]),
    ],
)
def test_rows_are_chosen_by_what_their_columns_say(table, where, expected):
    source = CsvSource(table(LOG), image_column="filename", where=where)
    assert (keys(source), len(source)) == (expected, len(expected))


def test_types_are_those_of_the_rows_that_were_chosen(table):
    path = table("kind,file,value\ncamera,a.jpg,1\nradar,b.bin,none\n")
    (item,) = CsvSource(path, image_column="file", where={"kind": "camera"})
    assert item.metas == {"kind": "camera", "value": 1}


THREE = """left,center,right,angle,time
left/1.jpg,center/1.jpg,right/1.jpg,0.5,10
left/2.jpg,center/2.jpg,,-0.5,20
"""


def test_images_of_a_row_follow_one_another_and_know_it(table):
    path = table(THREE)
    source = CsvSource(path, image_column=["left", "center", "right"], target_column="angle")
    assert source.columns == ("left", "center", "right")
    assert source.meta_names == ("left", "center", "right", "time")
    assert keys(source) == [
        "left/1.jpg", "center/1.jpg", "right/1.jpg", "left/2.jpg", "center/2.jpg", "line 3 right",
    ]  # fmt: skip
    assert labels(source) == [0.5, 0.5, 0.5, -0.5, -0.5, -0.5]
    first, *_, last = source
    assert first.location == path.parent / "left/1.jpg"
    assert first.metas == {"left": "left/1.jpg", "center": "center/1.jpg", "right": "right/1.jpg", "time": 10}
    assert last.metas == {"left": "left/2.jpg", "center": "center/2.jpg", "right": "", "time": 20}


def test_one_image_column_in_a_list_is_one_image_a_row(table):
    source = CsvSource(table(THREE), image_column=["center"])
    assert (source.columns, len(source)) == ((), 2)
    assert source.meta_names == ("left", "right", "angle", "time")


def test_image_within_the_table_is_not_repeated_in_its_metas(table):
    uri = "data:image/gif;base64,AAAA"
    first, second = CsvSource(table(f'l,r\n"{uri}",a.jpg\n'), image_column=["l", "r"])
    assert (first.key, first.location, second.key) == ("line 2 l", uri, "a.jpg")
    assert first.metas == {"l": "", "r": "a.jpg"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"target_column": "frame_id"},
            "list.csv, line 2: expected a number in column 'frame_id', found 'left_camera'",
        ),
        ({"target_column": "angle", "label_column": "speed"}, "received both; leave one out"),
        (
            {"where": {"frame_id": "middle"}},
            "no row of 4 has 'middle' in 'frame_id'; found 'left_camera', 'center_c",
        ),
        ({"where": {"frame_id": "left_camera", "speed": 9}}, "no row of 1 has '9' in 'speed'; found '10'"),
        ({"where": {"camera": "left"}}, "expected a column 'camera', found 'index', 'frame_id', 'filename', 'angle'"),
        ({"image_column": ["filename", "filename"]}, "an image column is named twice"),
        ({"image_column": ["filename", "absent"]}, "expected a column 'absent'"),
        ({"image_column": None, "target_column": "angle"}, "a target column was named, but no image column"),
        ({"image_column": (), "where": {"a": "b"}}, "a condition was named, but no image column; name both"),
    ],
)
def test_what_a_log_does_not_have_is_refused(table, options, expected):
    assert expected in refusal(CsvSource, table(LOG), **{"image_column": "filename"} | options)


def test_target_beyond_all_numbers_is_refused(table):
    for cell in ("nan", "inf", "1,5"):
        path = table(f'file;y\na.jpg;"{cell}"\n')
        assert f"line 2: expected a number in column 'y', found '{cell}'" in refusal(
            CsvSource, path, image_column="file", target_column="y"
        )


@pytest.mark.thorough
def test_long_log_is_read_in_seconds(table):
    rows = (f"{i},{1479425440130861427 + i},640,480,camera,center/{i}.jpg,{i / 7},37.39{i},0" for i in range(100_000))
    path = table("index,timestamp,width,height,frame_id,filename,angle,lat,alt\n" + "\n".join(rows))
    start = time.process_time()
    source = CsvSource(path, image_column="filename", target_column="angle", where={"frame_id": "camera"})
    assert time.process_time() - start < 20  # a second or two, with room for a slow machine
    assert len(source) == 100_000
    assert next(iter(source)).metas["timestamp"] == "1479425440130861427"


def test_columns_of_one_name_are_told_and_the_first_is_taken(table, tmp_path):
    fill(tmp_path, "1.png")
    source = CsvSource(
        table("image,label,label,speed,speed,speed\n1.png,a,b,1,2,3\n"), image_column="image", label_column="label"
    )
    assert source.remarks == (
        "2 columns are called label: this means the first, and the other is label (2) here",
        "3 columns are called speed: this means the first, and the others are speed (2), speed (3) here",
    )
    (item,) = source
    assert (item.label, item.metas) == ("a", {"label (2)": "b", "speed": 1, "speed (2)": 2, "speed (3)": 3})
    other = CsvSource(table("image,label,label\n1.png,a,b\n"), image_column="image", label_column="label (2)")
    assert [each.label for each in other] == ["b"]
    assert CsvSource(table("image,label\n1.png,a\n"), image_column="image").remarks == ()
