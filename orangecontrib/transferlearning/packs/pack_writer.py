"""Write the files of a class pack, and then its manifest."""

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile, ZipInfo

from ..errors import PackError
from .manifest import Manifest, PackedFile
from .pack_file import CHUNK, MANIFEST

_UNIX = 3
_MODE = 0o100644 << 16


class PackWriter:
    """A pack that is being written; the same files and manifest give the same bytes.

    Files are stored as they are: images are compressed already, weights hardly become smaller, and a file that is not
    compressed cannot unpack to more than it is.

    Parameters
    ----------
    archive : ZipFile
        Open for writing.
    progress : callable
        Called with the number of bytes that were written.
    """

    def __init__(self, archive: ZipFile, progress: Callable[[int], object]):
        self._archive = archive
        self._progress = progress
        self.files: list[PackedFile] = []

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a file with a content."""
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """Add a copy of a file.

        Raises
        ------
        PackError
            It cannot be read.
        """
        try:
            with path.open("rb") as file:
                self._add(name, file, os.fstat(file.fileno()).st_size)
        except FileNotFoundError as error:
            raise PackError(f"There is no file {path}.") from error
        except PermissionError as error:
            raise PackError(f"Cannot read {path}: {error.strerror}.") from error

    def _add(self, name: str, source: BinaryIO, size: int) -> None:
        digest, n_bytes = hashlib.sha256(), 0
        with self._archive.open(_entry(name, size), "w") as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                target.write(chunk)
                n_bytes += len(chunk)
                self._progress(len(chunk))
        self.files.append(PackedFile(name, n_bytes, digest.hexdigest()))

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest, with the files added, and return it."""
        manifest = replace(manifest, files=tuple(self.files))
        content = manifest.to_json().encode()
        with self._archive.open(_entry(MANIFEST, len(content)), "w") as target:
            target.write(content)
        return manifest


def _entry(name: str, size: int) -> ZipInfo:
    """Return an entry that does not depend on time and computer; one with a large size is ZIP64."""
    entry = ZipInfo(name)
    entry.file_size, entry.create_system, entry.external_attr = size, _UNIX, _MODE
    return entry
