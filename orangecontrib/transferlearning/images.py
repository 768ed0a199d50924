"""A location (path, URL, data URI, array) -> uint8 RGB picture of a given size.

Pixels are those of ``keras.utils.load_img``, except where that is plainly wrong:

- EXIF orientation is applied;
- transparency is laid on white;
- 16-bit grey is scaled from 0-65535 to 0-255. 32-bit integer grey within 0-65535 counts as 16-bit. Floating-point grey
  within 0-1 is multiplied by 255, within 0-255 it is taken as it is. Any other 32-bit grey is stretched from its own
  least and greatest value to 0-255 (all black if the two are equal);
- an incomplete file is refused, even where ``PIL.ImageFile.LOAD_TRUNCATED_IMAGES`` says otherwise.

Of an animation, the first frame counts. Everything here may be called from many threads at once.
"""

import base64
import io
import os
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote_to_bytes
from urllib.request import url2pathname

import numpy as np
import requests
from PIL import ExifTags, Image, UnidentifiedImageError

from .errors import ImageReadError
from .items import Location

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "hamming": Image.Resampling.HAMMING,
    "box": Image.Resampling.BOX,
    "lanczos": Image.Resampling.LANCZOS,
}
"""Ways to resize, by the names that ``keras.utils.load_img`` gives them."""

MAX_BYTES = 2**29
"""Greatest size of a file or download, in bytes."""
MAX_PIXELS = 178_956_970
"""Greatest number of pixels of a picture: Pillow's own limit, kept even where somebody has switched that off."""
CONNECT_SECONDS, READ_SECONDS = 10, 30
"""How long to wait for a connection, and for each next piece of a download."""
MAX_REDIRECTS = 5

# Pictures only in name (stubs), or in need of Ghostscript.
_UNREADABLE_FORMATS = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "PDF", "WMF"}
# What Pillow's readers raise on broken files, as seen in its sources and by feeding them broken files.
_PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    EOFError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Warning,
)
_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
    b"P1",
    b"P2",
    b"P3",
    b"P4",
    b"P5",
    b"P6",
)
_TRUNCATED = "the file ends early (truncated)"
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):", re.IGNORECASE)  # two letters or more: "C:" is a Windows drive
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(
    location: Location,
    size: tuple[int, int] | None = None,
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
) -> np.ndarray:
    """Read one picture.

    Parameters
    ----------
    location : str, PathLike or ndarray
        A path, a ``file:``, ``http:``, ``https:`` or ``data:`` URL, or pixels as `decode_image` takes them.
    size : tuple of int, optional
        (height, width) in pixels of the result; the picture's own if not given.
    interpolation : str
        One of `INTERPOLATIONS`.
    fast_decode : bool
        Let the JPEG decoder shrink while it reads, never below `size`. Faster, and only approximately the same pixels.

    Returns
    -------
    ndarray of shape (height, width, 3), uint8, RGB, 0-255, C-contiguous

    Raises
    ------
    ImageReadError
        The picture cannot be read; the message is the reason.
    ValueError
        `interpolation` or `size` is not one that exists.
    """
    data = location if isinstance(location, np.ndarray) else read_bytes(location)
    return decode_image(data, size, interpolation=interpolation, fast_decode=fast_decode)


def decode_image(
    data: bytes | np.ndarray,
    size: tuple[int, int] | None = None,
    *,
    interpolation: str = "bilinear",
    fast_decode: bool = False,
) -> np.ndarray:
    """Turn the content of a picture file, or an array of pixels, into RGB.

    Parameters
    ----------
    data : bytes or ndarray
        The whole content of a file, in any format that Pillow reads; or pixels of shape (height, width) or
        (height, width, 1 | 3 | 4): uint8, other integers within 0-255, or floats within 0-1 or else within 0-255.
    size, interpolation, fast_decode
        As for `read_image`, which also describes the result and the errors.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"unknown interpolation {interpolation!r}: expected one of {', '.join(INTERPOLATIONS)}")
    if size is not None and min(size) < 1:
        raise ValueError(f"a picture of {size[0]} x {size[1]} pixels cannot be made: height and width are at least 1")
    with _reasons_in_words(data):
        if isinstance(data, np.ndarray):
            image = _to_rgb(_open_array(data))
        else:
            image = _load(data, size if fast_decode else None)
            turn = _TURNS.get(_orientation(image))
            image = _to_rgb(image)
            image = image if turn is None else image.transpose(turn)
        if size is not None and image.size != (size[1], size[0]):
            image = image.resize((size[1], size[0]), INTERPOLATIONS[interpolation])
        return np.asarray(image)


def read_bytes(location: str | os.PathLike) -> bytes:
    """Fetch what `decode_image` decodes: the content of a file, of a download or of a data URL.

    Raises
    ------
    ImageReadError
        There is nothing there, or it may not or cannot be read; the message is the reason.
    """
    if not isinstance(location, str | os.PathLike):
        raise ImageReadError(f"a path, an address or an array was expected, not {type(location).__name__}")
    path = os.fspath(location)
    if not path:
        raise ImageReadError("no file is named")
    if not is_address(location):
        return _read_file(path)
    scheme = _SCHEME.match(path)[1].lower()
    if scheme not in _READERS:
        raise ImageReadError(f"addresses of the kind {scheme}: are not supported; use file:, http:, https: or data:")
    return _READERS[scheme](path)


def is_address(location: Location) -> bool:
    """Whether a location is a URL rather than a path: text with a scheme that is known here or followed by ``//``."""
    match = _SCHEME.match(location) if isinstance(location, str) else None
    return match is not None and (match[1].lower() in _READERS or location.startswith("//", match.end()))


def readable_extensions() -> set[str]:
    """File name extensions (lower case, with the dot) of the formats that `decode_image` reads."""
    formats = set(_readable_formats())
    return {extension for extension, name in Image.registered_extensions().items() if name in formats}


def pixel_scale(dtype: np.dtype, low: float, high: float) -> float:
    """Give the factor that brings array values to 0-255.

    Parameters
    ----------
    dtype : dtype
        Of the array.
    low, high : float
        Its least and greatest value.

    Returns
    -------
    float
        1 for integers within 0-255; 255 for bool and for floats within 0-1; 1 for other floats within 0-255.

    Raises
    ------
    ImageReadError
        Other types and other values.
    """
    if dtype.kind not in "buif":
        raise ImageReadError(f"pixels must be numbers (uint8, 0-255), not {dtype}")
    if not (0 <= low and high <= 255):
        raise ImageReadError(f"pixels must be within 0-255, or 0-1 for floats; these are {dtype} from {low} to {high}")
    return 255.0 if dtype.kind == "b" or (dtype.kind == "f" and high <= 1) else 1.0


def to_uint8(values: np.ndarray, scale: float) -> np.ndarray:
    """Multiply values (of any numeric dtype, any shape) by `scale`, and round them to the nearest of uint8."""
    if values.dtype == np.uint8 and scale == 1:
        return values
    return np.rint(np.multiply(values, scale, dtype=np.float64)).astype(np.uint8)


class _Stream(io.BytesIO):
    """Bytes that note whether somebody asked for more than there is."""

    exhausted = False

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.exhausted |= not data and size != 0
        return data


class _CheckedDecoder:
    """One of Pillow's decoders, which complains about errors and missing data itself.

    Otherwise Pillow forgives both, and leaves the rest of the picture grey or black, once any module in the process has
    set ``ImageFile.LOAD_TRUNCATED_IMAGES``.
    """

    def __init__(self, mode: str, codec: str, args: object, *extra: object) -> None:
        self._decoder = Image._getdecoder(mode, codec, args, extra)
        self._unfinished = True
        self.pulls_fd = self._decoder.pulls_fd
        self.setimage = self._decoder.setimage
        if self.pulls_fd:
            self.setfd = self._decoder.setfd

    def decode(self, data: bytes) -> tuple[int, int]:
        consumed, error = self._decoder.decode(data)
        if error < 0:
            raise OSError(f"decoder error {error}")
        self._unfinished = consumed >= 0 and not self.pulls_fd
        return consumed, error

    def cleanup(self) -> None:
        self._decoder.cleanup()
        if self._unfinished:
            raise OSError("truncated")


# Pillow finds decoders by name only. A name of our own changes nothing for anybody else.
Image.register_decoder(_CheckedDecoder.__qualname__, _CheckedDecoder)


def _load(data: bytes, size: tuple[int, int] | None) -> Image.Image:
    """Decode a file, shrunk on the way to no less than `size` (height, width) if one is given."""
    if not data:
        raise ImageReadError("the file is empty")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(data)
    stream = _Stream(data)
    image = Image.open(stream, formats=_readable_formats())
    if image.format == "ICO":
        _check_icon(data)
    if image.width * image.height > MAX_PIXELS:
        raise ImageReadError(_too_large(f"{image.width} x {image.height} pixels", f"{MAX_PIXELS} pixels"))
    if size is not None:
        height, width = size if _orientation(image) < 5 else size[::-1]
        image.draft("RGB", (width, height))
    image.tile = image.tile and [_checked(tile) for tile in image.tile]  # None for icons before Pillow 11
    stream.exhausted = False
    image.load()
    # At the end of the file these two may pretend to have read the end mark, which a decoder cannot notice.
    if stream.exhausted and image.format in ("JPEG", "MPO"):
        raise ImageReadError(_TRUNCATED)
    return image


def _checked(tile: tuple) -> tuple:
    codec, extents, offset, args = tile
    if codec == "libtiff" or not (codec in Image.DECODERS or hasattr(Image.core, f"{codec}_decoder")):
        return tile  # its reader drives it itself, and is strict
    make = getattr(type(tile), "_make", tuple)  # plain tuples before Pillow 11
    return make((_CheckedDecoder.__qualname__, extents, offset, (codec, args)))


def _check_png(data: bytes) -> None:
    """Compare all checksums, and look for the end mark: Pillow does neither for the pixels."""
    view, position, kind = memoryview(data), 8, b""
    while kind != b"IEND":
        if position + 12 > len(data):
            raise ImageReadError(_TRUNCATED)
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        if end + 4 > len(data):
            raise ImageReadError(_TRUNCATED)
        if zlib.crc32(view[position + 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            raise ImageReadError("the file is damaged (a PNG checksum is wrong)")
        position = end + 4


def _check_icon(data: bytes) -> None:
    """Look whether all pictures of the icon are there: Pillow reads them by other ways than the checked decoders."""
    for entry in range(6, 6 + 16 * int.from_bytes(data[4:6], "little"), 16):
        if sum(struct.unpack_from("<II", data, entry + 8)) > len(data):
            raise ImageReadError(_TRUNCATED)


def _readable_formats() -> list[str]:
    Image.init()
    return [name for name in list(Image.OPEN) if name not in _UNREADABLE_FORMATS]


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1-8; 1 where there is none or it cannot be read, as it is no reason to lose a picture."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _PILLOW_ERRORS:
        return 1
    return orientation if orientation in _TURNS else 1


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _eight_bit_grey(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and floating-point grey as the module's docstring says."""
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise ImageReadError("the picture holds values that are not finite numbers")
    if image.mode != "F" and 0 <= low and high <= 65535:
        grey = to_uint8(values, 1 / 257)
    elif image.mode == "F" and 0 <= low and high <= 255:
        grey = to_uint8(values, 255 if high <= 1 else 1)
    else:
        grey = to_uint8(values - np.float64(low), 255 / (high - low) if high > low else 0)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255
    return Image.fromarray(grey)


def _open_array(array: np.ndarray) -> Image.Image:
    if array.ndim not in (2, 3) or 0 in array.shape or array.shape[2:] not in ((), (1,), (3,), (4,)):
        raise ImageReadError(f"pixels must have shape (height, width) or (height, width, 1, 3 or 4), not {array.shape}")
    if array.dtype != np.uint8:
        known = array if array.dtype.kind in "buif" else np.zeros(1)
        array = to_uint8(array, pixel_scale(array.dtype, known.min().item(), known.max().item()))
    return Image.fromarray(np.ascontiguousarray(array[..., 0] if array.shape[2:] == (1,) else array))


def _read_file(path: str | bytes) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise ImageReadError("it is a folder")
        if not stat.S_ISREG(status.st_mode):
            raise ImageReadError("it is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise ImageReadError(_too_large(f"{status.st_size} bytes", f"{MAX_BYTES} bytes"))
        with open(path, "rb") as file:
            return file.read()
    except ImageReadError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageReadError("no such file") from error
    except PermissionError as error:
        raise ImageReadError("permission denied") from error
    except OSError as error:
        raise ImageReadError(error.strerror or str(error)) from error
    except ValueError as error:
        raise ImageReadError(f"not a valid path ({error})") from error


def _read_file_url(url: str) -> bytes:
    path = url[len("file:") :]
    for host in ("//localhost/", "///"):
        if path.lower().startswith(host):
            path = path[len(host) - 1 :]
    return _read_file(url2pathname(path))


def _read_data_url(url: str) -> bytes:
    header, comma, body = url.partition(",")
    if not comma:
        raise ImageReadError("a data: address needs a comma before its content")
    content = unquote_to_bytes(body)
    if not header.lower().endswith(";base64"):
        return content
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except ValueError as error:
        raise ImageReadError(f"the base64 text of a data: address is damaged ({error})") from error


def _download(url: str) -> bytes:
    try:
        with requests.Session() as session:
            session.max_redirects = MAX_REDIRECTS
            session.headers["User-Agent"] = "Orange3-TransferLearning"  # some servers refuse the name of a library
            with session.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)) as response:
                if not response.ok:
                    raise ImageReadError(f"the server answered {response.status_code} ({response.reason})")
                content = bytearray()
                for piece in response.iter_content(2**16):
                    content += piece
                    if len(content) > MAX_BYTES:
                        raise ImageReadError(_too_large("download", f"{MAX_BYTES} bytes"))
                return bytes(content)
    except ImageReadError:
        raise
    except (requests.RequestException, ValueError) as error:
        raise ImageReadError(_network_reason(error)) from error


_READERS = {"file": _read_file_url, "http": _download, "https": _download, "data": _read_data_url}


def _network_reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS} s"
    # A silence in the middle of a download comes as a ConnectionError that only says so.
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return f"no answer within {READ_SECONDS} s"
    if isinstance(error, requests.TooManyRedirects):
        return f"the address leads on to others more than {MAX_REDIRECTS} times"
    if isinstance(error, requests.exceptions.InvalidSchema):
        return "the address leads on to one that is neither http: nor https:"
    if isinstance(error, ValueError):
        return f"not a valid address ({error})"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not to be trusted"
    if isinstance(error, requests.ConnectionError):
        return "the server cannot be reached"
    return "the connection broke off"


@contextmanager
def _reasons_in_words(data: bytes | np.ndarray) -> Iterator[None]:
    try:
        yield
    except ImageReadError:
        raise
    except _PILLOW_ERRORS as error:
        raise ImageReadError(_pillow_reason(error, data)) from error


def _pillow_reason(error: BaseException, data: bytes | np.ndarray) -> str:
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        pixels, limit = re.findall(r"\d+", str(error))[:2]
        return _too_large(f"{pixels} pixels", f"{limit} pixels")
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    if isinstance(error, UnidentifiedImageError):
        known = isinstance(data, bytes) and data.startswith(_SIGNATURES)
        return "the file ends early or is damaged at its start" if known else "not a picture that Pillow can open"
    if isinstance(error, EOFError) or re.search("truncated|not enough|not large enough", str(error), re.IGNORECASE):
        return _TRUNCATED
    return f"the file is damaged or ends early ({error})"


def _too_large(found: str, limit: str) -> str:
    return f"the picture is too large ({found}; the limit is {limit})"
