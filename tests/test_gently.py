"""Large packages are imported while other threads run, and the collector of garbage is as it was."""

import gc
import os
import subprocess
import sys

import pytest

from orangecontrib.transferlearning import gently
from orangecontrib.transferlearning.gently import import_gently, map_libraries


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The name of a package that notes whether garbage is collected while it is imported."""
    (tmp_path / "gentle_one.py").write_text("import gc\nwas_on = gc.isenabled()\nmade = [[] for _ in range(5000)]\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "gentle_one"
    sys.modules.pop("gentle_one", None)


def test_no_garbage_is_collected_during_an_import_nor_after_it_because_of_it(package):
    counts = []

    def count(phase, info):
        counts.append(info["generation"])

    gc.collect()
    gc.callbacks.append(count)
    try:
        import_gently(package)
    finally:
        gc.callbacks.remove(count)
    assert sys.modules[package].was_on is False
    assert gc.isenabled()
    assert counts == []
    assert gc.get_freeze_count() == 0
    # They are where they would be after several collections.
    assert any(each is sys.modules[package].made for each in gc.get_objects(generation=2))


def test_collector_that_is_off_stays_off(package):
    gc.disable()
    try:
        import_gently(package)
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_import_that_fails_leaves_the_collector_on(tmp_path):
    with pytest.raises(ImportError):
        import_gently("no_such_package_at_all")
    assert gc.isenabled()


def test_what_is_there_is_not_imported_again(package, monkeypatch):
    import_gently(package)
    mapped = []
    monkeypatch.setattr(gently, "map_libraries", mapped.append)
    import_gently(package, "tensorflow")
    assert mapped == []


@pytest.mark.skipif(os.name != "posix", reason="an import maps them")
def test_libraries_of_tensorflow_are_mapped_without_importing_it():
    code = (
        "import sys; from orangecontrib.transferlearning.gently import map_libraries\n"
        "print(map_libraries('tensorflow'), 'tensorflow' in sys.modules, map_libraries('no_such_package_at_all'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    n_mapped, is_imported, n_others = done.stdout.split()
    assert int(n_mapped) >= 1
    assert (is_imported, n_others) == ("False", "0")
    assert map_libraries("gc") == 0
