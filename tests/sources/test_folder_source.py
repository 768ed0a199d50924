"""Which files of a folder are images, and what they are called."""

import os

import pytest

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.sources.folder_source import FolderSource

from ..samples import fill, keys, labels, refusal


def test_folder_gives_sorted_images_labelled_by_subfolder(tmp_path):
    fill(tmp_path, "b/2.png", "a/c/3.gif", "a/1.JPG", "0.jpeg", "a/2.png")
    source = FolderSource(tmp_path)
    assert keys(source) == ["0.jpeg", "a/1.JPG", "a/2.png", "a/c/3.gif", "b/2.png"]
    assert labels(source) == [None, "a", "a", "a/c", "b"]
    assert [item.location for item in source] == [tmp_path / key for key in keys(source)]
    assert (len(source), source.label_name) == (5, "Class")


def test_folder_without_subfolders_has_no_labels(tmp_path):
    source = FolderSource(fill(tmp_path, "1.png", "2.tif", "notes/readme.txt"))
    assert (labels(source), source.label_name) == ([None, None], None)


def test_files_that_are_no_images_are_counted_and_hidden_ones_left_out(tmp_path):
    fill(tmp_path, "a.png", "b.txt", "c", "d.h5", "e.pdf", "f.eps", "x/g.mpg")
    fill(tmp_path, ".hidden.png", "._a.png", ".git/b.png", "__MACOSX/a.png", ".DS_Store")
    source = FolderSource(tmp_path)
    assert (keys(source), source.n_ignored) == (["a.png"], 6)


@pytest.mark.parametrize(
    "extension", [".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"]
)
def test_usual_extensions_are_images(tmp_path, extension):
    assert len(FolderSource(fill(tmp_path, "a" + extension, "b" + extension.upper()))) == 2


def test_folder_that_is_relative_gives_keys_without_it(tmp_path, monkeypatch):
    fill(tmp_path, "in/a/1.png")
    monkeypatch.chdir(tmp_path)
    assert keys(FolderSource("in")) == keys(FolderSource("./in/")) == ["a/1.png"]
    assert keys(FolderSource(".")) == ["in/a/1.png"]


def test_links_are_followed_and_loops_end(tmp_path):
    fill(tmp_path, "root/a/1.png", "elsewhere/2.png")
    try:
        (tmp_path / "root/a/loop").symlink_to(tmp_path / "root", target_is_directory=True)
    except OSError:
        pytest.skip("this user may not make links")  # as on Windows
    (tmp_path / "root/a/self").symlink_to(tmp_path / "root/a", target_is_directory=True)
    (tmp_path / "root/linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
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
    assert "expected images, found no files at all" in refusal(FolderSource, tmp_path / "empty")
    assert "expected images, found 1 other file;" in refusal(FolderSource, tmp_path / "texts")


def test_folders_without_images_are_told(tmp_path):
    fill(tmp_path, "a/1.jpg", "b/deep/2.jpg", "c/notes.txt", "d/e/f/notes.txt", "b/none/x.txt", ".hidden/x.txt")
    assert FolderSource(tmp_path).empty_folders == ("b/none", "c", "d")


def test_folder_of_images_alone_has_no_empty_ones(photos):
    assert FolderSource(photos).empty_folders == ()


def test_listing_can_be_stopped_within_a_folder(tmp_path):
    told = []

    def stop(fraction):
        told.append(fraction)
        if len(told) == 3:
            raise Cancelled("cancelled")

    fill(tmp_path, *(f"{number}.png" for number in range(9)))
    with pytest.raises(Cancelled):
        FolderSource(tmp_path, stop)
    assert told == [0, 0, 0]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="this user may read everything")
def test_folder_that_may_not_be_read_is_refused(tmp_path):
    fill(tmp_path, "a.png", "secret/b.png")
    (tmp_path / "secret").chmod(0)
    try:
        assert "secret: the folder cannot be read" in refusal(FolderSource, tmp_path)
    finally:
        (tmp_path / "secret").chmod(0o700)


def test_link_to_itself_is_no_folder(tmp_path):
    fill(tmp_path, "a.png")
    try:
        (tmp_path / "self").symlink_to(tmp_path / "self")
    except OSError:
        pytest.skip("this user may not make links")
    assert FolderSource(tmp_path).n_ignored == 1
