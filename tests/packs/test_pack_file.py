"""A pack that is damaged, foreign or malicious is refused in a sentence, and leaves nothing behind."""

import json
import stat
import warnings
import zipfile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from orangecontrib.transferlearning.errors import PackError
from orangecontrib.transferlearning.packs.pack_file import PackFile
from orangecontrib.transferlearning.packs.unpacking import unpack

from .conftest import files_in, rewrite

DAMAGED = r"is no class pack, or is damaged or incomplete: copy it again\.$"
FOREIGN = r"`orange-transfer pack` has not written it so, and it is not unpacked\.$"


@pytest.fixture
def refuse(laptop, tmp_path):
    """Return a function that checks that a file is refused."""

    def check(path, said):
        with pytest.raises(PackError, match=said) as caught:
            unpack(path)
        assert "\n" not in str(caught.value)
        assert files_in(laptop) == {}
        assert list((tmp_path / "here").iterdir()) == []

    return check


def test_file_that_is_not_there(refuse, tmp_path):
    refuse(tmp_path / "none.zip", r"There is no file .*none\.zip\.$")
    refuse(tmp_path, r"Cannot read .*: Is a directory\.$")


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive", b"PK\5\6" + bytes(18)])
def test_file_that_is_something_else(refuse, tmp_path, content):
    path = tmp_path / "other.zip"
    path.write_bytes(content)
    refuse(path, f"{DAMAGED}|is no class pack: choose a file that `orange-transfer pack` has written")


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_copy_that_broke_off(refuse, made, tmp_path, share):
    content = made.read_bytes()
    path = tmp_path / "part.zip"
    path.write_bytes(content[: int(share * len(content))])
    refuse(path, DAMAGED)


def test_changed_byte_anywhere_is_noticed(refuse, made, tmp_path):
    content = made.read_bytes()
    with ZipFile(made) as archive:
        starts = [entry.header_offset for entry in archive.infolist()]
        directory = archive.start_dir
    path = tmp_path / "changed.zip"
    # Names and contents of the first and last file, the manifest, and the list of files.
    for place in (32, starts[1] - 5, len(content) // 3, starts[-1] + 2000, directory + 20, directory + 50):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        refuse(path, f"{DAMAGED}|{FOREIGN}|has another hash")


def test_content_with_another_hash_but_the_right_checksum_is_refused(refuse, made, tmp_path):
    def lie(about):
        about["files"][0]["sha256"] = "0" * 64

    refuse(rewrite(made, tmp_path / "x.zip", manifest=lie), r"is damaged \(.* has another hash\): copy it again\.$")


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/tmp/evil",
        "files/../../evil",
        "files//evil",
        "C:/evil",
        "files/a\\..\\evil",
        "files/nul.png",
        "files/a.",
    ],
)
def test_name_that_leads_elsewhere_is_refused(refuse, made, tmp_path, name):
    refuse(
        rewrite(made, tmp_path / "x.zip", {name: b"evil"}), "is no name of a file on every system, or leads elsewhere"
    )
    assert not list(tmp_path.rglob("*evil*"))


def test_names_that_are_one_file_are_refused(refuse, made, tmp_path):
    twice = {"files/a.png": b"1", "files/A.png": b"2"}
    refuse(rewrite(made, tmp_path / "x.zip", twice), "are one file on Windows and macOS: rename one")
    refuse(rewrite(made, tmp_path / "y.zip", {"files/lesson.ows/x": b"1"}), "is a file and a folder: rename one")


def add(made, path, entry, content, compress_type=zipfile.ZIP_STORED):
    """Write a pack with an entry of a kind of its own, which the manifest lists."""
    rewrite(made, path, {"files/it": content})
    with ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist() if name != "files/it"}
    with ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, each in contents.items():
            archive.writestr(name, each)
        archive.writestr(entry, content, compress_type)
    return path


def test_link_is_refused(refuse, made, tmp_path):
    entry = ZipInfo("files/it")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    refuse(add(made, tmp_path / "x.zip", entry, b"/etc/passwd"), FOREIGN)


def test_bomb_is_refused(refuse, made, tmp_path):
    path = add(made, tmp_path / "x.zip", ZipInfo("files/it"), bytes(10_000_000), ZIP_DEFLATED)
    refuse(path, "has 'files/it' compressed: " + FOREIGN)


def test_two_files_of_one_name_are_refused(refuse, made, tmp_path):
    refuse(
        add(made, tmp_path / "x.zip", ZipInfo("files/lesson.ows"), b"other"), "has two files of one name: " + FOREIGN
    )


def test_file_that_the_manifest_does_not_list_is_refused(refuse, made, tmp_path):
    refuse(
        rewrite(made, tmp_path / "x.zip", {"files/more": b"more"}, lambda about: about["files"].pop()),
        "has another 'files/more' than its manifest says: " + FOREIGN,
    )


def test_file_that_is_missing_or_has_another_size_is_refused(refuse, made, tmp_path):
    more = {"name": "files/more", "size": 1, "sha256": ""}
    refuse(
        rewrite(made, tmp_path / "x.zip", manifest=lambda about: about["files"].append(more)), "another 'files/more'"
    )

    def shrink(about):
        about["files"][0]["size"] -= 1

    refuse(rewrite(made, tmp_path / "y.zip", manifest=shrink), "than its manifest says: " + FOREIGN)


def test_archive_of_something_else_is_refused(refuse, tmp_path):
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.txt", "text")
    refuse(tmp_path / "x.zip", "is no class pack: choose a file that `orange-transfer pack` has written")


@pytest.mark.parametrize(
    "change",
    [
        lambda about: about.update(format="other"),
        lambda about: about.update(format_version="x" * 10),
        lambda about: about.pop("networks"),
        lambda about: about.update(networks={}),
        lambda about: about.update(versions=[]),
        lambda about: about.update(more=1),
        lambda about: about["networks"][0].update(facts=None),
        lambda about: about["embedders"][0].update(n_features="many"),
        lambda about: about["files"].append(about["files"][0]),
        lambda about: about["files"][0].update(size=-1),
    ],
)
def test_manifest_that_is_none_is_refused(refuse, made, tmp_path, change):
    refuse(rewrite(made, tmp_path / "x.zip", manifest=change), f"{DAMAGED}|newer version")


@pytest.mark.parametrize("content", [b"[]", b"{", b"[" * 100_000, b"\xff\xfe", b"null", b'"text"'])
def test_manifest_that_is_no_json_object_is_refused(refuse, made, tmp_path, content):
    with ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("manifest.json", content)
    refuse(tmp_path / "x.zip", DAMAGED)


def test_pack_of_a_newer_version_is_refused(refuse, made, tmp_path):
    path = rewrite(made, tmp_path / "x.zip", manifest=lambda about: about.update(format_version=2))
    refuse(path, r"is a class pack of a newer version \(2\): update this add-on")


def test_manifest_says_what_is_in_it(made):
    with PackFile(made) as pack:
        manifest = pack.manifest
    assert [each.n_features for each in manifest.embedders] == [512]
    assert manifest.embedders[0].settings == {"backbone": "SqueezeNet", "weights": None, "image_size": [48, 48]}
    assert manifest.embedders[0].title == "SqueezeNet 1.1"
    assert [each.fingerprint for each in manifest.features] == [manifest.embedders[0].fingerprint]
    assert (manifest.n_images, manifest.features[0].n_images) == (4, 3)
    assert set(manifest.versions) == {"Orange3-TransferLearning", "keras", "openvino"}
    assert manifest.workflows == ["lesson.ows"]
    assert len(manifest.user_files) == 5
    with ZipFile(made) as archive:
        assert json.loads(archive.read("manifest.json"))["format_version"] == 1
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
