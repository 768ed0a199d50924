"""What a file is, by its first bytes."""

import gzip

import pytest

from orangecontrib.transferlearning.images.file_kinds import N_FIRST_BYTES, file_kind, is_image_content

from ..samples import FILES

NIFTI = b"\x5c\x01\0\0" + bytes(340) + b"n+1\0" + bytes(100)

OTHER_IMAGES = {
    "a DICOM image": bytes(128) + b"DICM\x02\0",
    "a JPEG XL image": b"\xff\x0a\xfa\x1f\x41\x91\x08",
    "a microscope's image (Zeiss CZI)": b"ZISRAWFILE\0\0\0\0\0\0",
    "a microscope's image (Leica LIF)": b"\x70\0\0\0\x10\0\0\0\x2a\x08\0\0\0",
    "a microscope's image (Nikon ND2)": b"\xda\xce\xbe\x0a\x00\x00\x00\x00",
    "a NIfTI volume": NIFTI,
    "an NRRD volume": b"NRRD0004\ntype: short\n",
    "a camera's raw image (CR2)": b"II*\0\x10\0\0\0CR\x02\0",
    "an OpenEXR image": b"v/1\x01\x02\0\0\0",
}

NO_IMAGES = {
    "an HTML page": b"<!DOCTYPE html><html><head><title>403 Forbidden</title>",
    "JSON text": b'{"error":"rate limit"}',
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00",
    "a video": b"\0\0\0\x18ftypmp42\0\0\0\0" + bytes(80),
    "a PDF document": b"%PDF-1.4\n",
    "an SVG drawing": b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg">',
    "XML text": b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "zeros only": bytes(N_FIRST_BYTES),
    "text": "naïve text, of people who write BM first".encode(),
    "an archive": b"PK\x03\x04\x14\0",
    "an office document": b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml",
    "a saved Keras model": b"PK\x03\x04" + bytes(26) + b"metadata.json",
    "an NPZ file of arrays": b"PK\x03\x04" + bytes(26) + b"arr_0.npy\x93NUMPY",
    "a sound": b"\0\0\0\x18ftypM4A \0\0\0\0",
    "a NumPy array": b"\x93NUMPY\x01\0v\0",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n",
    "a database": b"SQLite format 3\0",
    "a PostScript drawing": b"%!PS-Adobe-3.0 EPSF-3.0\n",
}


@pytest.mark.parametrize("name", [name for name in FILES if name != "tga"])
def test_images_that_pillow_reads_are_images(name):
    assert is_image_content(FILES[name][:N_FIRST_BYTES])
    assert file_kind(FILES[name]) is None


@pytest.mark.parametrize("name", OTHER_IMAGES)
def test_images_that_need_another_reader_are_images_with_a_name(name):
    kind = file_kind(OTHER_IMAGES[name])
    assert (kind.name, kind.is_image, bool(kind.way_out)) == (name, True, True)
    assert is_image_content(OTHER_IMAGES[name])


@pytest.mark.parametrize("name", NO_IMAGES)
def test_other_files_are_no_images_and_have_a_name(name):
    assert file_kind(NO_IMAGES[name]).name == name
    assert not is_image_content(NO_IMAGES[name])


VIDEOS = [
    b"\0\0\0\x14ftypqt  " + bytes(80),
    b"\0\0\0\x08wide\0\0\0\0mdat",
    b"RIFF\0\0\0\0AVI LIST",
    b"\x1a\x45\xdf\xa3\x9f\x42",
    b"\0\0\x01\xba\x44",
    b"FLV\x01\x05",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
    (b"\x47\x40" + bytes(186)) * 3,
    (bytes(4) + b"\x47" + bytes(187)) * 3,
]


@pytest.mark.parametrize("head", VIDEOS)
def test_video_of_any_container_is_one_and_its_frames_are_to_be_saved(head):
    assert file_kind(head).reason == "not an image, but a video: save its frames as images"


def test_heic_is_an_image_whether_its_reader_is_there_or_not():
    assert is_image_content(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")


def test_packed_volume_is_seen_inside():
    assert file_kind(gzip.compress(NIFTI)).name == "a NIfTI volume"
    assert file_kind(gzip.compress(b"words")).name == "an archive"


@pytest.mark.parametrize("text", [b"BM, brand\nBMW,1\n", b"P1,P2\n3,4\n", b"P5 of the list", b"", b" \n"])
def test_text_that_begins_like_an_image_is_none(text):
    assert not is_image_content(text)
