"""The formats of files of features for Orange's File and Save Data."""

import os
from pathlib import Path

from Orange.data import Table
from Orange.data.io import FileFormat, TabReader

from .feature_attributes import fingerprint_of

# Orange imports this module when it starts: other modules are imported in the functions.


class FeaturesFormat(FileFormat):
    """The format of HDF5 files of features; importing this module registers it in Orange."""

    EXTENSIONS = (".h5", ".hdf5")
    DESCRIPTION = "Features in HDF5"
    # Before readers of HDF5 from other add-ons, which get the files that are not ours.
    PRIORITY = 100

    def read(self) -> Table:
        """Read a table.

        Raises
        ------
        SourceError
            The file is damaged, not complete, or of another kind that no other reader opens.
        """
        from ..features.hdf5_reading import is_features_file
        from .features_file import load_features

        path = Path(self.filename)
        others = [] if is_features_file(path) else self._other_readers(path.suffix.lower())
        if others:
            return others[0](self.filename).read()
        table = load_features(path)
        # Save Data writes metadata to a file beside it.
        self.set_table_metadata(os.fspath(self.filename), table)
        return table

    @classmethod
    def _other_readers(cls, ending: str) -> list[type[FileFormat]]:
        readers = [each for each in FileFormat.formats if each is not cls and hasattr(each, "read")]
        return sorted((each for each in readers if ending in getattr(each, "EXTENSIONS", ())), key=lambda f: f.PRIORITY)

    @classmethod
    def write_file(cls, filename: str | os.PathLike, data: Table) -> None:
        """Write a table to a file that appears whole or not at all.

        Raises
        ------
        SinkError
            The table has data that the file cannot hold, or the file cannot be written.
        """
        from ..atomic_files import as_sink_error, whole_file
        from ..features.hdf5_writing import write_hdf5
        from .features_file import to_saved

        path = Path(filename)
        with as_sink_error(path), whole_file(path) as part:
            write_hdf5(part, to_saved(data))


class FeaturesTabReader(FileFormat):
    """A reader of ``.tab`` files whose features can be computed for new images; other tables are read as usual."""

    EXTENSIONS = (".tab", ".tsv", ".tab.gz", ".tab.bz2", ".tab.xz", ".tsv.gz", ".tsv.bz2", ".tsv.xz")
    DESCRIPTION = "Tab-separated values with features"
    # Before Orange's own reader.
    PRIORITY = TabReader.PRIORITY - 1

    def read(self) -> Table:
        """Read a table with Orange's reader, and restore its features."""
        table = TabReader(self.filename).read()
        if not any(fingerprint_of(variable) for variable in (*table.domain.attributes, *table.domain.metas)):
            return table
        from .restored_features import restore_features

        return restore_features(table)
