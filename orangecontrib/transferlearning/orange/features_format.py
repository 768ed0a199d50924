"""HDF5 files of features among the formats of Orange's File and Save Data."""

import os
from pathlib import Path

from Orange.data import Table
from Orange.data.io import FileFormat

# Orange imports this module whenever it starts: what reads and writes is imported when there is something to.


class FeaturesFormat(FileFormat):
    """Features in HDF5, as `Hdf5Sink` writes them; Orange knows of it as soon as this module is imported."""

    EXTENSIONS = (".h5", ".hdf5")
    DESCRIPTION = "Features in HDF5"
    # Before other add-ons' readers of HDF5, to which it hands on what is theirs.
    PRIORITY = 100

    def read(self) -> Table:
        """Read a table.

        Raises
        ------
        SourceError
            The file is damaged, not complete, or of something else that no other reader here takes.
        """
        from ..features.hdf5_file import is_features_file
        from .features_file import load_features

        path = Path(self.filename)
        others = [] if is_features_file(path) else self._other_readers(path.suffix.lower())
        if others:
            return others[0](self.filename).read()
        table = load_features(path)
        # Save Data writes them beside the file.
        self.set_table_metadata(os.fspath(self.filename), table)
        return table

    @classmethod
    def _other_readers(cls, ending: str) -> list[type[FileFormat]]:
        readers = [each for each in FileFormat.formats if each is not cls and hasattr(each, "read")]
        return sorted((each for each in readers if ending in getattr(each, "EXTENSIONS", ())), key=lambda f: f.PRIORITY)

    @classmethod
    def write_file(cls, filename: str | os.PathLike, data: Table) -> None:
        """Write a table, whole or not at all.

        Raises
        ------
        SinkError
            The table has something that such a file cannot hold, or the disk is full, say.
        """
        from ..atomic_files import as_sink_error, whole_file
        from ..features.hdf5_file import write_hdf5
        from .features_file import to_saved

        path = Path(filename)
        with as_sink_error(path), whole_file(path) as part:
            write_hdf5(part, to_saved(data))
