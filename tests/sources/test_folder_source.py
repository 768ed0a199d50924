"""Which files of a folder are images, and what they are called."""

import os
import unicodedata

import pytest

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.sources.folder_source import FolderSource

from ..samples import FILES, fill, keys, labels, refusal


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


def test_files_that_are_no_images_are_counted_by_suffix_and_hidden_ones_left_out(tmp_path):
    fill(tmp_path, "a.png", "b.txt", "c", "d.h5", "e.pdf", "f.eps", "x/g.mpg")
    fill(tmp_path, ".hidden.png", "._a.png", ".git/b.png", "__MACOSX/a.png", ".DS_Store")
    source = FolderSource(tmp_path)
    assert (keys(source), source.left_out) == (
        ["a.png"],
        {".txt": 1, ".h5": 1, ".pdf": 1, ".eps": 1, ".mpg": 1, "__MACOSX/": 1, "without a known suffix": 1},
    )


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
    assert "expected images, found 1 .txt; choose a folder that has images in it or in its folders" in refusal(
        FolderSource, tmp_path / "texts"
    )


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
    assert FolderSource(tmp_path).left_out == {"without a known suffix": 1}


SYSTEM_FOLDERS = [
    "@eaDir", "@EADIR", "$RECYCLE.BIN", "System Volume Information", "lost+found", "Thumbnails", "__MACOSX", "#recycle",
    "@Recycle", ".ipynb_checkpoints", ".Trash-1000", "RECYCLER", "found.000", "FOUND.012", "__pycache__", "_gsdata_",
    ".stfolder", ".stversions", "LOST.DIR", "RecycleBin.ffs_tmp", "TheVolumeSettingsFolder", "@__thumb", "@transcode",
]  # fmt: skip
SYSTEM_FILES = [
    "._1.png", ".DS_Store", "~$a.png", "copy.png.crdownload", "copy.png.part", "copy.png.tmp", "1.png~", "1.png.bak",
    "desktop.ini", "Thumbs.db",
]  # fmt: skip


@pytest.mark.parametrize("name", SYSTEM_FOLDERS)
def test_folder_of_the_system_is_no_class(tmp_path, name):
    fill(tmp_path, "a/1.png", "b/2.png", f"{name}/1.png", f"a/{name}/S-1/2.png")
    source = FolderSource(tmp_path)
    assert (keys(source), labels(source)) == (["a/1.png", "b/2.png"], ["a", "b"])
    assert source.empty_folders == ()
    assert source.left_out == ({} if name.startswith(".") else {f"{name}/": 2})


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_file_of_the_system_is_no_image_whatever_it_contains(tmp_path, name):
    fill(tmp_path, "1.png")
    (tmp_path / name).write_bytes(FILES["png"])
    assert keys(FolderSource(tmp_path)) == ["1.png"]


def test_folder_of_thumbnails_is_read_if_it_is_chosen(tmp_path):
    assert keys(FolderSource(fill(tmp_path / "Thumbnails", "1.png"))) == ["1.png"]


@pytest.mark.parametrize("name", ["a", "a.pjp", "a.jpg_large", "a.mpo_", "a.bin", "a.heic", "2017.05.21", "a.JPG!d"])
def test_image_with_an_unknown_suffix_is_found_by_its_content(tmp_path, name):
    (tmp_path / name).write_bytes(FILES["jpeg"])
    (tmp_path / "other").write_bytes(b"no image")
    assert keys(FolderSource(tmp_path)) == [name]


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.html", "a.mp4", "a.py"])
def test_file_whose_suffix_says_what_it_is_is_not_opened(tmp_path, name):
    fill(tmp_path, "1.png")
    (tmp_path / name).write_bytes(FILES["png"])
    source = FolderSource(tmp_path)
    assert (keys(source), source.left_out) == (["1.png"], {name[1:]: 1})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_without_a_suffix_is_not_waited_for(tmp_path):
    fill(tmp_path, "1.png")
    os.mkfifo(tmp_path / "pipe")
    assert keys(FolderSource(tmp_path)) == ["1.png"]


@pytest.mark.parametrize(
    "splits",
    [
        ("train", "val"), ("train", "test"), ("training", "validation"), ("Train", "Valid", "Test"), ("val", "test"),
        ("data/train", "data/val"), ("2017/data/train", "2017/data/dev"), ("TRAIN", "eval"),
        ("training_set", "test_set"), ("TrainData", "TestData"), ("trainset", "testset"), ("train2017", "val2017"),
        ("birds_train", "birds_val"), ("Training Images", "Test Images"), ("train", "test_set"),
        ("train_70", "val_15", "test_15"), ("train2014", "val2014", "test2015"),
        ("train_fold0", "val_fold0", "train_fold1", "val_fold1"), ("train_fold0", "train_fold1", "test"),
        ("1_train", "2_test"), ("01. Train", "02. Validation", "03. Test"), ("Train 80%", "Test 20%"),
        ("train_v2", "val_v1"), ("trainV2", "test-v1.0"), ("train", "test1"), ("trainval", "test"),
        ("train_val", "test"), ("trn", "tst", "vld"), ("tr", "te", "va"), ("learn", "test"),
        ("训练集", "测试集", "验证集"), ("訓練データ", "テストデータ"), ("학습", "검증", "테스트"),
        ("Training", "Prüfung", "Validierung", "Test"), ("Trainingsdaten", "Testdaten"),
        ("učna", "testna", "validacijska"), ("ucna_mnozica", "testna_mnozica"), ("Učna množica", "Testna množica"),
        ("jeu d'entraînement", "jeu de test"), ("entrenamiento", "validación", "prueba"), ("treino", "teste"),
        ("addestramento", "convalida"), ("обучающая выборка", "тестовая выборка"), ("træning", "test"),
    ],
)  # fmt: skip
def test_splits_are_no_classes(tmp_path, splits):
    fill(tmp_path, *(f"{split}/{label}/{n}.png" for split in splits for label in ("cats", "dogs/wild") for n in (1, 2)))
    source = FolderSource(tmp_path)
    expected = {(f"{split}/{label}/{n}.png", label, split.split("/")[-1])
                for split in splits for label in ("cats", "dogs/wild") for n in (1, 2)}  # fmt: skip
    assert {(item.key, item.label, item.metas["split"]) for item in source} == expected
    assert (source.label_name, source.meta_names) == ("Class", ("split",))
    counts = ", ".join(f"{name} (4)" for name in sorted(split.split("/")[-1] for split in splits))
    assert source.remarks == (f"taken as splits: {counts}; classes are the folders in them",)


def test_splits_may_have_no_classes_and_images_beside_them(tmp_path):
    source = FolderSource(fill(tmp_path, "train/1.png", "test/2.png", "sample.png"))
    assert (labels(source), source.label_name) == ([None] * 3, None)
    assert [item.metas["split"] for item in source] == [None, "test", "train"]
    assert source.remarks == ("taken as splits: test (1), train (1); there are no classes",)
    source = FolderSource(fill(tmp_path / "kaggle", "train/cats/1.png", "train/dogs/1.png", "test/1.png"))
    assert labels(source) == [None, "cats", "dogs"]


@pytest.mark.parametrize(
    "names",
    [
        ("train/1.png", "bus/1.png", "test/1.png"), ("train/cats/1.png", "train/dogs/1.png"),
        ("a/train/1.png", "b/test/1.png"),
        ("trains/1.png", "tests/1.png"), ("train_bus/a/1.png", "test_tube/a/1.png"),
        ("tr/1.png", "te/1.png"), ("TR/1.png", "VA/1.png"),
        ("train1/a/1.png", "train2/a/1.png"), ("test1/1.png", "test2/1.png"), ("Testes/1.png", "Trainer/1.png"),
        ("strain/1.png", "contest/1.png"), ("x/a/1.png", "x/b/1.png", "y/a/1.png"), ("x/a/1.png", "y/a/1.png"),
    ],
)  # fmt: skip
def test_classes_are_no_splits(tmp_path, names):
    source = FolderSource(fill(tmp_path, *names))
    assert labels(source) == sorted(name.rpartition("/")[0] for name in names)
    assert (source.meta_names, source.remarks) == ((), ())


@pytest.mark.parametrize("place", ["", "data/"])
def test_folders_with_the_same_folders_may_be_splits(tmp_path, place):
    names = [f"{place}{split}/{label}/1.png" for split in ("x", "y") for label in ("cats", "dogs/wild")]
    source = FolderSource(fill(tmp_path, *names))
    assert labels(source) == [name.rpartition("/")[0] for name in names]
    assert source.remarks == (
        f"classes are whole paths, such as {place}x/cats; {place}x, {place}y have the same folders in them: "
        "if they are splits, call them train, val or test",
    )


def test_classes_that_differ_in_spelling_only_are_told(tmp_path):
    source = FolderSource(fill(tmp_path, "Cat/1.png", "cat /1.png", "dog/1.png", "big cat/1.png", "big_cat/1.png"))
    assert labels(source) == ["Cat", "big cat", "big_cat", "cat ", "dog"]
    assert source.remarks == (
        "classes that differ in spelling only: 'Cat', 'cat '",
        "classes that differ in spelling only: 'big cat', 'big_cat'",
    )


def test_two_spellings_of_a_name_in_unicode_are_one_class(tmp_path):
    names = [f"{unicodedata.normalize(form, 'søer og é')}/1{form}.png" for form in ("NFC", "NFD")]
    source = FolderSource(fill(tmp_path, *names))
    assert set(labels(source)) == {unicodedata.normalize("NFC", "søer og é")}
    assert all(item.location.exists() for item in source)
    if len(os.listdir(tmp_path)) == 2:  # where the file system tells them apart
        assert set(keys(source)) == set(names)


@pytest.mark.parametrize(
    "names, expected",
    [
        # Another folder, and an image, beside splits of one class.
        (
            ["Train/a/1.png", "VAL/a/1.png", "docs/1.png", "logo.png"],
            [("Train", "a"), ("VAL", "a"), (None, None), (None, None)],
        ),
        # Splits one folder down, with an image beside them.
        (["ds/Train/a/1.png", "ds/logo.png", "ds/test/a/1.png"], [("Train", "a"), (None, None), ("test", "a")]),
        # Splits inside of classes, also with a class that has none.
        (
            ["cat/test/1.png", "cat/train/1.png", "dog/train/1.png", "x/1.png"],
            [("test", "cat"), ("train", "cat"), ("train", "dog"), (None, None)],
        ),
        # Categories of which each has splits of classes.
        (
            ["nut/test/bent/1.png", "nut/test/good/1.png", "nut/train/good/1.png", "pin/train/good/1.png"],
            [("test", "nut/bent"), ("test", "nut/good"), ("train", "nut/good"), ("train", "pin/good")],
        ),
        # Folders in folders of the same name, as archives have them, beside images without classes.
        (
            ["s_pred/s_pred/1.png", "s_test/s_test/a/1.png", "s_train/s_train/a/1.png"],
            [(None, None), ("s_test", "a"), ("s_train", "a")],
        ),
        # Folders that only say that images are in them.
        (["test/images/1.png", "train/images/1.png"], [("test", None), ("train", None)]),
        (["test/images/a/1.png", "train/images/b/1.png"], [("test", "a"), ("train", "b")]),
        # Vehicles: no class is in two splits, so that the folders are classes.
        (["bus/1.png", "test/1.png", "train/1.png"], [(None, "bus"), (None, "test"), (None, "train")]),
    ],
)
def test_folders_beside_splits_do_not_make_classes_of_them(tmp_path, names, expected):
    fill(tmp_path, *names)
    source = FolderSource(tmp_path)
    assert keys(source) == sorted(names)
    assert [((item.metas or {}).get("split"), item.label) for item in source] == expected
    n_others = sum(pair == (None, None) for pair in expected)
    assert (f"images beside them have no class ({n_others})" in "".join(source.remarks)) == bool(n_others)
