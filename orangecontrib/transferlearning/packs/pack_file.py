"""Open a class pack, and check it before anything in it is used."""

import hashlib
import json
import os
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ..atomic_files import as_sink_error
from ..errors import PackError
from .manifest import FORMAT, FORMAT_VERSION, Manifest
from .portable_names import check_names

MANIFEST = "manifest.json"
MAX_MANIFEST = 2**27
"""Largest size of a manifest in bytes; it takes about 150 for each file."""

CHUNK = 2**20
"""Number of bytes that are copied at once."""

_DAMAGE = (
    BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, LookupError, TypeError, AttributeError,
    OverflowError, struct.error, zlib.error,
)  # fmt: skip
"""Errors that a damaged file can raise in `zipfile` and while the manifest is read; RecursionError is among them."""


class PackFile:
    """A class pack that is open for reading; its list of files is what its manifest says.

    Files in it are stored as they are, not compressed: none can be larger than the pack.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    path : Path
    manifest : Manifest

    Raises
    ------
    PackError
        It is not there or no class pack, it is damaged, it is of a newer version, or a name in it leads elsewhere.
    """

    def __init__(self, path: str | os.PathLike):
        self.path = Path(path).expanduser()
        with self._damage_as_error():
            self._zip = ZipFile(self.path)
        try:
            with self._damage_as_error():
                self._entries = self._check_entries()
                self.manifest = self._read_manifest()
                self._check_listed()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    @contextmanager
    def _damage_as_error(self) -> Iterator[None]:
        try:
            yield
        except PackError:
            raise
        except FileNotFoundError as error:
            raise PackError(f"There is no file {self.path}.") from error
        except OSError as error:
            raise PackError(f"Cannot read {self.path}: {error.strerror or error}.") from error
        except _DAMAGE as error:
            raise PackError(f"{self.path} is no class pack, or is damaged or incomplete: copy it again.") from error

    def _check_entries(self) -> dict[str, ZipInfo]:
        entries = {entry.filename: entry for entry in self._zip.infolist()}
        if len(entries) != len(self._zip.infolist()):
            raise self._foreign("has two files of one name")
        check_names(name for name in entries if name != MANIFEST)
        for entry in entries.values():
            if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) or entry.flag_bits & 1:
                raise self._foreign(f"has {entry.filename!r}, which is a link or encrypted")
            if entry.compress_type != ZIP_STORED or entry.compress_size != entry.file_size:
                raise self._foreign(f"has {entry.filename!r} compressed")
        if sum(entry.file_size for entry in entries.values()) > self.path.stat().st_size:
            raise self._foreign("says that its files are larger than it is itself")
        return entries

    def _foreign(self, what: str) -> PackError:
        return PackError(f"{self.path} {what}: `orange-transfer pack` has not written it so, and it is not unpacked.")

    def _read_manifest(self) -> Manifest:
        if MANIFEST not in self._entries or self._entries[MANIFEST].file_size > MAX_MANIFEST:
            raise PackError(f"{self.path} is no class pack: choose a file that `orange-transfer pack` has written.")
        content = json.loads(self._zip.read(MANIFEST))
        if content.pop("format") != FORMAT:
            raise ValueError
        version = content.pop("format_version")
        if version != FORMAT_VERSION:
            raise PackError(f"{self.path} is a class pack of a newer version ({version}): update this add-on.")
        return Manifest.from_json(content)

    def _check_listed(self) -> None:
        listed = {file.name: file.size for file in self.manifest.files}
        if len(listed) != len(self.manifest.files):
            raise ValueError
        found = {name: entry.file_size for name, entry in self._entries.items() if name != MANIFEST}
        for name in sorted(listed.keys() | found.keys()):
            if listed.get(name) != found.get(name):
                raise self._foreign(f"has another {name!r} than its manifest says")

    def extract(self, place: Callable[[str], Path], progress: Callable[[int], object]) -> None:
        """Write all files but the manifest, each only if its hash is that in the manifest.

        Parameters
        ----------
        place : callable
            Returns the path for a name; its folder is made.
        progress : callable
            Called with the number of bytes that were written.

        Raises
        ------
        PackError
            A file is damaged; it is the last one that was written.
        SinkError
            A file cannot be written.
        """
        for file in self.manifest.files:
            target = place(file.name)
            with as_sink_error(target):
                digest = self._copy(file.name, target, progress)
            if digest != file.sha256:
                raise PackError(f"{self.path} is damaged ({file.name} has another hash): copy it again.")

    def _copy(self, name: str, target: Path, progress: Callable[[int], object]) -> str:
        """Write a file, and return its hash."""
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with target.open("xb") as output:
            for chunk in self._chunks(name):
                digest.update(chunk)
                output.write(chunk)
                progress(len(chunk))
        return digest.hexdigest()

    def _chunks(self, name: str) -> Iterator[bytes]:
        with self._damage_as_error():
            source = self._zip.open(name)
        with source:
            while True:
                with self._damage_as_error():
                    chunk = source.read(CHUNK)
                if not chunk:
                    return
                yield chunk
