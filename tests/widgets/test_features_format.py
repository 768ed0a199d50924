"""Orange's own File and Save Data read and write HDF5 files of features."""

import subprocess
import sys

import h5py
import numpy as np
import pytest
from Orange.data import Table
from Orange.data.io import FileFormat
from Orange.widgets.data.owfile import OWFile
from Orange.widgets.data.owsave import OWSave
from Orange.widgets.tests.base import WidgetTest
from orangewidget.utils.filedialogs import RecentPath

from orangecontrib.transferlearning.features.opening import open_sink
from orangecontrib.transferlearning.orange.embed_table import to_table
from orangecontrib.transferlearning.orange.features_format import FeaturesFormat
from orangecontrib.transferlearning.records import Embeddings

EMBEDDINGS = Embeddings(
    ["a.png", "b.png"], np.array([[0.1, 2], [3, 4]], np.float32), ["yes", "no"], [], "Network layer=last"
)


class TestFormat(WidgetTest):
    @pytest.fixture(autouse=True)
    def folder(self, tmp_path):
        self.folder = tmp_path

    def open(self, path):
        widget = self.create_widget(OWFile, stored_settings={"recent_paths": [RecentPath(str(path), None, None)]})
        widget.load_data()
        return widget, self.get_output(widget.Outputs.data, widget=widget)

    def test_file_reads_what_the_command_writes(self):
        for name in ("f.h5", "g.hdf5"):
            with open_sink(self.folder / name, "Class") as sink:
                sink.write(EMBEDDINGS)
            widget, table = self.open(self.folder / name)
            assert not widget.Error.active
            assert table.name == name[0]
            assert [v.name for v in table.domain.variables] == ["n0", "n1", "Class"]
            assert table.domain["n0"].attributes["_fingerprint"] == "Network layer=last"
            np.testing.assert_array_equal(table.X, EMBEDDINGS.features.astype(float))
            assert [str(row["Class"]) for row in table] == ["yes", "no"]
            assert table.metas[:, 0].tolist() == ["a.png", "b.png"]

    def test_save_data_writes_what_file_reads(self):
        widget = self.create_widget(OWSave)
        assert "Features in HDF5 (*.h5)" in widget.get_filters()
        table = to_table(EMBEDDINGS)
        widget.filename = str(self.folder / "s.h5")
        widget.filter = "Features in HDF5 (*.h5)"
        self.send_signal(widget.Inputs.data, table, widget=widget)
        widget.save_file()
        assert not widget.Error.active
        assert [path.name for path in self.folder.iterdir()] == ["s.h5"]
        _, found = self.open(self.folder / "s.h5")
        assert found.domain == table.domain
        np.testing.assert_array_equal(found.X, table.X)
        assert found.metas.tolist() == table.metas.tolist()

    def test_save_data_shows_an_error_and_keeps_the_old_file(self):
        (self.folder / "s.h5").write_text("old")
        widget = self.create_widget(OWSave)
        widget.filename = str(self.folder / "s.h5")
        widget.filter = "Features in HDF5 (*.h5)"
        self.send_signal(widget.Inputs.data, Table("heart_disease"), widget=widget)
        widget.save_file()
        assert "not the category gender: make it numeric" in str(widget.Error.general_error)
        assert (self.folder / "s.h5").read_text() == "old"

    def test_incomplete_or_other_file_is_an_error(self):
        with open_sink(self.folder / "f.h5", "Class") as sink:
            sink.write(EMBEDDINGS)
        with h5py.File(self.folder / "f.h5", "r+") as file:
            del file.attrs["complete"]
        with h5py.File(self.folder / "other.h5", "w") as file:
            file["spectra"] = [1, 2]
        (self.folder / "torn.h5").write_bytes((self.folder / "f.h5").read_bytes()[:3000])
        for name, words in [
            ("f.h5", "the file is not complete; write it again"),
            (
                "other.h5",
                "not one of features: expected one that embed wrote, or the datasets features (float, a row for each "
                "image), labels and label_names, found spectra (2,)",
            ),
            ("torn.h5", "damaged or incomplete"),
        ]:
            widget, table = self.open(self.folder / name)
            assert table is None
            assert words in str(widget.Error.unknown)

    def test_other_add_ons_read_their_own_hdf5(self):
        class Spectra(FileFormat):
            EXTENSIONS = (".h5",)
            DESCRIPTION = "Spectra"

            def read(self):
                return Table("iris")[:3]

        try:
            with h5py.File(self.folder / "spectra.h5", "w") as file:
                file["spectra"] = [1, 2]
            assert len(FeaturesFormat(str(self.folder / "spectra.h5")).read()) == 3
        finally:
            del FileFormat.registry["Spectra"]


def test_discovery_of_widgets_registers_the_format_and_loads_nothing_heavy():
    code = (
        "import sys; from importlib.metadata import entry_points\n"
        "[e.load() for e in entry_points(group='orange.widgets') if e.name == 'Transfer Learning']\n"
        "from Orange.data.io import FileFormat\n"
        "print(FileFormat.get_reader('x.h5').DESCRIPTION, FileFormat.get_reader('x.hdf5').DESCRIPTION)\n"
        "print({'h5py', 'keras', 'tensorflow', 'orangecontrib.transferlearning.embedding.embedder'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["Features in HDF5 Features in HDF5", "set()"]
