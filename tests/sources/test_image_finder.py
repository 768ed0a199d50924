"""Which images are found by their names, and which are left in doubt."""

import unicodedata

import pytest

from orangecontrib.transferlearning.sources import image_finder
from orangecontrib.transferlearning.sources.image_finder import ImageFinder

from ..samples import fill


def found(folder, *names):
    paths = ImageFinder(folder).find(names).paths
    return {name: path.relative_to(folder).as_posix() for name, path in paths.items()}


def remark(folder, *names):
    return ImageFinder(folder).find(names).remark


def test_images_that_are_where_their_names_say_are_not_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(image_finder.os, "walk", None)
    fill(tmp_path, "a/1.png")
    names = ("a/1.png", str(tmp_path / "a/1.png"), "http://a/b.png", "data:,x", "")
    assert (found(tmp_path, *names), remark(tmp_path, *names)) == ({}, "")


def test_image_that_is_missing_among_others_is_not_replaced(tmp_path):
    fill(tmp_path, "a/1.png", "b/2.png")
    assert found(tmp_path, "a/1.png", "a/2.png") == {}
    # A path of another computer cannot be there.
    assert found(tmp_path, "a/1.png", "D:\\b\\2.png") == {"D:\\b\\2.png": "b/2.png"}
    assert found(tmp_path, "a/1.png", "/no/such/place/2.png") == {"/no/such/place/2.png": "b/2.png"}


def test_file_of_two_places_is_told_by_its_folders(tmp_path):
    fill(tmp_path, "data/cats/1.png", "data/dogs/1.png")
    names = (r"C:\me\cats\1.png", r"C:\me\dogs\1.png")
    assert found(tmp_path, *names) == {names[0]: "data/cats/1.png", names[1]: "data/dogs/1.png"}
    assert remark(tmp_path, *names) == "2 of 2 images were found by file name in data beside the table"
    assert remark(tmp_path, "1.png") == (
        f"1 image was not found in {tmp_path} and its folders; the first: 1.png: there are several of its name; "
        "choose the folder where they are (--root)"
    )
    assert found(tmp_path, r"C:\me\cows\1.png") == {}


def test_two_names_do_not_lead_to_one_file(tmp_path):
    fill(tmp_path, "IMG/1.png", "IMG/2.png")
    assert found(tmp_path, "C:/x/1.png", "C:/y/1.png", "C:/x/2.png") == {"C:/x/2.png": "IMG/2.png"}
    assert found(tmp_path, "IMG/1.png", "C:/y/1.png") == {}
    assert remark(tmp_path, "C:/x/1.png", "C:/y/1.png", "C:/x/2.png") == (
        "1 of 3 images was found by file name in IMG beside the table; 2 were not; the first: C:/x/1.png: "
        "the table has several images of its name, and there is one file"
    )


def test_image_without_suffix_is_found_if_there_is_one(tmp_path):
    fill(tmp_path, "0001.png", "0001.txt", "0002.png", "0002.jpg", "0003.txt", "x.y.png")
    assert found(tmp_path, "0001", "0002", "0003", "x.y") == {"0001": "0001.png", "x.y": "x.y.png"}
    assert remark(tmp_path, "0003") == (
        f"1 image was not found in {tmp_path} and its folders; the first: 0003, whose name has no suffix: "
        "there is no file of its name; choose the folder where they are (--root)"
    )


def test_reason_is_told_for_an_image_that_is_not_found_among_others(tmp_path):
    fill(tmp_path, "0001.png", "0003.png", "0003.jpg")
    several = "1 was not; the first: 0003, whose name has no suffix: there are several of its name"
    assert remark(tmp_path, "0001", "0003") == (
        f"1 of 2 images was found by name without suffix beside the table; {several}"
    )
    assert remark(tmp_path, "0001", "0002", "0003", "0003").endswith(
        "; 3 were not; one: 0003, whose name has no suffix: there are several of its name"
    )
    assert remark(tmp_path, "0001", "0002").endswith(
        "; 1 was not; the first: 0002, whose name has no suffix: there is no file of its name"
    )


def test_spelling_in_unicode_and_case_may_differ(tmp_path):
    fill(tmp_path, "IMG/ø é.JPG")
    name = unicodedata.normalize("NFD", "img/Ø É.jpg")
    assert found(tmp_path, f"old/{name}") == {f"old/{name}": "IMG/ø é.JPG"}


def test_file_of_the_same_case_comes_first(tmp_path):
    fill(tmp_path, "a/X.png", "b/x.png")
    assert found(tmp_path, "C:/x.png", "C:/X.png") == {"C:/x.png": "b/x.png", "C:/X.png": "a/X.png"}


def test_folder_of_too_many_files_is_not_searched(tmp_path, monkeypatch):
    fill(tmp_path, "IMG/1.png", "IMG/2.png")
    monkeypatch.setattr(image_finder, "MAX_FILES", 1)
    assert found(tmp_path, "1.png") == {}


@pytest.mark.parametrize("name", ["\\", "C:\\", "..", "/", ".", "a\0b", "\n", "~$"])
def test_name_of_nothing_is_not_found(tmp_path, name):
    assert found(fill(tmp_path, "1.png"), name) == {}
    assert len(remark(tmp_path, name).splitlines()) <= 1


def test_repeated_names_count_as_images(tmp_path):
    fill(tmp_path, "IMG/1.png")
    assert remark(tmp_path, "C:/1.png", "C:/1.png", "C:\\1.png").startswith("3 of 3 images were found")
