"""Write the images of an array to PNG files in the cache folder."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ..atomic_files import as_sink_error
from ..images.reading import decode_image
from ..records import Callback
from ..temporary_folders import temporary_folder
from .list_source import ListSource

if TYPE_CHECKING:
    from .array_source import NpySource


_FORM = "1"
"""Version of the files; folders of other versions are not used."""


class ArrayImages:
    """Folders of PNG files, one for each array, for tables that have to name files.

    Parameters
    ----------
    home : Path
        Folder of the caches; the folders are in a subfolder of it.
    """

    def __init__(self, home: Path) -> None:
        self.folder = home / "transfer-learning-images"

    def keep(self, path: str | os.PathLike, source: "NpySource", callback: Callback | None = None) -> ListSource:
        """Write the images of an array file, unless they exist already.

        Parameters
        ----------
        path : str or PathLike
            Path of the array. Another file, another size of its images, or a changed file gets another folder.
        source : NpySource
            The images.
        callback : callable, optional
            Called with the fraction done, 0-1; may raise `Cancelled`, and then nothing is left.

        Returns
        -------
        ListSource
            A source of the files, with the labels of `source`.

        Raises
        ------
        SinkError
            The files cannot be written, for example because the disk is full.
        """
        folder = self.folder / _name(Path(path), source.image_shape)
        if not folder.is_dir():
            with as_sink_error(folder):
                self._write(folder, source, callback)
        names = _file_names(len(source))
        return ListSource([folder / name for name in names], source.labels, names)

    def _write(self, folder: Path, source: "NpySource", callback: Callback | None) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with temporary_folder(".making-", self.folder) as part:
            for position, (name, item) in enumerate(zip(_file_names(len(source)), source, strict=True)):
                Image.fromarray(decode_image(item.location)).save(Path(part, name), compress_level=1)
                if callback:
                    callback((position + 1) / len(source))
            if not folder.is_dir():  # Another run may have been faster.
                os.replace(part, folder)

    def count(self) -> int:
        """Return the number of arrays that have a folder."""
        return len(self._kept())

    def megabytes(self) -> float:
        """Return the size of all images on the disk, in units of 10**6 bytes."""
        return sum(file.stat().st_size for folder in self._kept() for file in folder.iterdir()) / 1e6

    def clear(self) -> None:
        """Remove all folders."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kept(self) -> list[Path]:
        return [folder for folder in self.folder.glob("*") if folder.is_dir() and not folder.name.startswith(".")]


def _name(path: Path, shape: tuple[int, int, int]) -> str:
    status = path.stat()
    told = f"{_FORM} {os.path.abspath(path)} {status.st_size} {status.st_mtime_ns} {shape}"
    return f"{path.stem}-{hashlib.sha256(told.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}"


def _file_names(n_images: int) -> list[str]:
    digits = len(str(n_images - 1))
    return [f"{position:0{digits}}.png" for position in range(n_images)]
