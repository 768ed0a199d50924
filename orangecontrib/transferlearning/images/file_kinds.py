"""Recognize what a file is by its first bytes, whatever it is called."""

import codecs
import re
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

N_FIRST_BYTES = 512
"""Number of bytes, from the start of a file, that tell what it is."""

_MEDICAL = "pip install Orange3-TransferLearning[medical] reads it"
_CONVERT = "save it as PNG, TIFF or JPEG with the program that made it"


@dataclass(frozen=True)
class FileKind:
    """The kind of a file, in words.

    Attributes
    ----------
    name : str
        With its article, such as "an HTML page".
    is_image : bool
        Whether it is a picture, even if nothing here reads it.
    way_out : str
        What reads it, or what to do; "" if there is nothing to say.
    """

    name: str
    is_image: bool = False
    way_out: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot be read as an image here, and what to do."""
        what = f"{self.name}, which nothing here reads" if self.is_image else f"not an image, but {self.name}"
        return f"{what}: {self.way_out}" if self.way_out else what


def _image(name: str, way_out: str = _CONVERT) -> FileKind:
    return FileKind(name, is_image=True, way_out=way_out)


_LFS = FileKind("a Git LFS pointer", way_out="git lfs pull fetches the image")
_ANNEX = FileKind("a git-annex pointer", way_out="git annex get fetches the image")
_VIDEO = FileKind("a video", way_out="save its frames as images")
_SOUND = FileKind("a sound")
_OFFICE = FileKind("an office document", way_out="save its table as CSV, or its pictures as images")
_ARCHIVE = FileKind("an archive", way_out="unpack it, and open the folder")
_MODEL = FileKind("a saved Keras model", way_out="choose it as the weights of a network")
_ARRAYS = FileKind("an NPZ file of arrays", way_out="save the array of images as .npy")
_ARRAY = FileKind("a NumPy array", way_out="open the file itself as a source of images")
_DRAWING = "export it as PNG"

CAMERA_RAW = _image("a camera's raw image")
"""A file that looks like a TIFF image, but has a small preview in its place."""

# Its beginning is that of a TIFF, which Pillow takes for one.
_CR2 = (re.compile(rb"II\*\0\x10\0\0\0CR"), _image("a camera's raw image (CR2)"))

# Signatures of what Pillow does not read; of two that fit, the first counts.
_PATTERNS: tuple[tuple[re.Pattern[bytes], FileKind], ...] = tuple(
    (re.compile(pattern, re.DOTALL), kind)
    for pattern, kind in (
        # Images that other libraries or programs read.
        (rb".{128}DICM", _image("a DICOM image", _MEDICAL)),
        (rb"....ftyp(avif|avis)", _image("an AVIF image", "a newer Pillow reads it")),
        (rb"....ftypcrx ", _image("a camera's raw image (CR3)")),
        (rb"....ftyp(hei|hev|heim|heis|mif1|msf1)", _image("a HEIC image", "pip install pillow-heif reads it")),
        (rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", _image("a JPEG XL image", "pip install pillow-jxl-plugin reads it")),
        (rb"ZISRAWFILE", _image("a microscope's image (Zeiss CZI)")),
        (rb"\x70\0\0\0....\x2a", _image("a microscope's image (Leica LIF)")),
        (rb"\xda\xce\xbe\x0a", _image("a microscope's image (Nikon ND2)")),
        (rb"(\x5c\x01\0\0|\0\0\x01\x5c).{340}(n\+1|ni1)\0", _image("a NIfTI volume", "save its slices as images")),
        (rb"(\x1c\x02\0\0|\0\0\x02\x1c)(n\+2|ni2)\0", _image("a NIfTI volume", "save its slices as images")),
        (rb"NRRD000", _image("an NRRD volume", "save its slices as images")),
        (rb"ObjectType *= *Image", _image("a MetaImage volume", "save its slices as images")),
        (rb"FUJIFILMCCD-RAW|IIR[OS]|MMOR|IIU\0|FOVb", _image("a camera's raw image")),
        (rb"v/1\x01", _image("an OpenEXR image")),
        (rb"#\?(RADIANCE|RGBE)", _image("a Radiance HDR image")),
        (rb"gimp xcf", _image("a GIMP image (XCF)")),
        (rb"II\xbc\x01", _image("a JPEG XR image")),
        (rb"SDPX|XPDS", _image("a DPX image")),
        (rb"BPG\xfb|FLIF", _image("an image in a rare format (BPG or FLIF)")),
        (rb"AT&TFORM", _image("a DjVu document")),
        # Files that are no images.
        (rb"version https://git-lfs", _LFS),
        (rb"(\.\./)*\.?(git/)?/?annex/objects/", _ANNEX),
        (rb"%PDF-", FileKind("a PDF document", way_out="save its pages as images")),
        (rb"%!PS|\xc5\xd0\xd3\xc6", FileKind("a PostScript drawing", way_out=_DRAWING)),
        (rb"\x01\0\0\0.{36} EMF|\xd7\xcd\xc6\x9a\0\0", FileKind("a Windows metafile, a drawing", way_out=_DRAWING)),
        (rb"....ftyp(M4A|M4B)", _SOUND),
        (rb"....ftyp|....(moov|mdat|wide|free|skip)", _VIDEO),
        (rb"RIFF....AVI |\x1a\x45\xdf\xa3|\0\0\x01[\xb3\xba]|FLV\x01|\x30\x26\xb2\x75\x8e\x66\xcf\x11|OggS", _VIDEO),
        (rb"\x47.{187}\x47.{187}\x47|.{4}\x47.{191}\x47", _VIDEO),  # packets of a camcorder or of television
        (rb"RIFF....WAVE|ID3|\xff[\xfb\xf3\xf2]|fLaC", _SOUND),
        (rb"\x93NUMPY", _ARRAY),
        (rb"\x89HDF\r\n\x1a\n", FileKind("an HDF5 file")),
        (rb"MATLAB [57]\.", FileKind("a MATLAB file")),
        (rb"PAR1", FileKind("a Parquet file")),
        (rb"SQLite format 3", FileKind("a database")),
        (rb"\x80[\x02-\x05].*\.?", FileKind("a Python pickle")),
        (rb"PK\x03\x04.{26}(\[Content_Types\]\.xml|_rels/|docProps/|xl/|word/|ppt/)", _OFFICE),
        (rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis", _OFFICE),
        (rb"PK\x03\x04.{26}(metadata|config)\.json", _MODEL),
        (rb"PK\x03\x04.{26}[ -~]{1,99}\.npy", _ARRAYS),
        (rb"PK(\x03\x04|\x05\x06)|Rar!|7z\xbc\xaf\x27\x1c|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar", _ARCHIVE),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind("a Microsoft document, or a folder's thumbnails")),
        (rb"\0\x05\x16[\0\x07]|\0\0\0\x01Bud1", FileKind("macOS' notes about a file or folder")),
        (rb"MZ|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe", FileKind("a program")),
    )
)
_MARKUP = (
    (re.compile(rb"<svg[\s>]", re.IGNORECASE), FileKind("an SVG drawing", way_out=_DRAWING)),
    (re.compile(rb"<(!doctype html|html|head|body)[\s>]", re.IGNORECASE), FileKind("an HTML page")),
    (re.compile(rb"\s*<\?xml|\s*<[a-z]+[\s>:]", re.IGNORECASE), FileKind("XML text")),
)
_JSON = FileKind("JSON text")
_TEXT = FileKind("text")
_ZEROS = FileKind("zeros only")

# Pillow's own tests of these look at two letters, which text may begin with, too.
_STRICTER = {
    "BMP": re.compile(rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL),
    "PPM": re.compile(rb"P([1-6fF]|f4|F4|yP|yCMYK|yRGBA)\s+[\d#-]"),
}
# Formats that Pillow only identifies, or that need Ghostscript.
UNREADABLE_FORMATS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"}
_TEXT_FORMATS = {"PPM", "XBM", "XPM"}
_READ_HERE = re.compile(rb"8BPS\0[\1\2]|P7\n(#.*\n)*(WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE) |PF\s+\d+\s+\d+\s+[-+]?[\d.]")


def is_image_content(first_bytes: bytes) -> bool:
    """Return whether a file is an image, by its first bytes.

    Images that need another library, such as DICOM, are images, too: reading them gives the reason, with its name.
    Formats without a signature (TGA, PCD, IM) cannot be told from other files, so that this returns False.

    Parameters
    ----------
    first_bytes : bytes
        The first `N_FIRST_BYTES` of a file, or all of a shorter one.
    """
    kind = file_kind(first_bytes)
    return kind.is_image if kind else _has_signature(first_bytes)


def file_kind(first_bytes: bytes) -> FileKind | None:
    """Return what a file is if nothing reads it as an image here; None for images that are read, and unknown content.

    Parameters
    ----------
    first_bytes : bytes
        The first `N_FIRST_BYTES` of a file, or all of a shorter one.
    """
    head = first_bytes[:N_FIRST_BYTES]
    if _CR2[0].match(head):
        return _CR2[1]
    if _has_signature(head):
        return None
    found = _matching(_unzipped(head)) or _matching(head)
    if found:
        return found
    if head and not head.strip(b"\0"):
        return _ZEROS
    return _kind_of_text(head)


def _matching(head: bytes) -> FileKind | None:
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head)), None)


def _unzipped(head: bytes) -> bytes:
    """Return the first bytes of what gzip has packed (".nii.gz"); nothing if it has not."""
    if not head.startswith(b"\x1f\x8b"):
        return b""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, N_FIRST_BYTES)
    except zlib.error:
        return b""


def _has_signature(head: bytes) -> bool:
    if _READ_HERE.match(head):
        return True
    Image.init()
    prefix, is_text = head[:16], _kind_of_text(head) is not None
    for name, (_, accept) in Image.OPEN.items():
        if name in UNREADABLE_FORMATS or accept is None or (is_text and name not in _TEXT_FORMATS):
            continue
        try:
            accepted = accept(prefix) is True
        except struct.error:  # as for Pillow, which has no way to ask whether there are enough bytes
            continue
        if accepted and (name not in _STRICTER or _STRICTER[name].match(head)):
            return True
    return False


def _kind_of_text(head: bytes) -> FileKind | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head.decode("utf-16", "ignore").encode()
    else:
        text = head.removeprefix(b"\xef\xbb\xbf")
    if not text.strip() or re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", text):
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)  # the last letter may be cut
    except UnicodeDecodeError:
        return None
    for pattern, kind in _MARKUP[:2]:
        if pattern.search(text):
            return kind
    if _MARKUP[2][0].match(text):
        return _MARKUP[2][1]
    return _JSON if re.match(rb'\s*(\{\s*["}]|\[\s*["{\[\d\]])', text) else _TEXT
