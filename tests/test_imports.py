"""What is loaded by whom; who may import whom is in pyproject.toml, for import-linter."""

import subprocess
import sys
from pathlib import Path

import pytest

import orangecontrib.transferlearning as package

ROOT = Path(package.__path__[0])
PREFIX = "orangecontrib.transferlearning"
HEAVY = {"dask", "jax", "keras", "tensorflow", "torch"}
OTHERS = {"h5py", "openvino", "Orange.widgets", "orangewidget"}


def modules():
    paths = (path.relative_to(ROOT).with_suffix("") for path in ROOT.rglob("*.py"))
    return sorted(f"{PREFIX}.{'.'.join(path.parts)}" for path in paths if path.stem not in ("__init__", "__main__"))


def loaded(names, watched):
    """Those of the watched modules that are loaded in a new process once modules and public names are imported."""
    code = (
        f"import sys, importlib, {PREFIX} as package\n"
        f"for name in {names}: importlib.import_module(name)\n"
        "for name in package.__all__: getattr(package, name)\n"
        f"print(*sorted({watched} & set(sys.modules)))"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_widgets_and_public_names_load_nothing_heavy():
    widgets = [name for name in modules() if name.startswith(f"{PREFIX}.widgets.ow")]
    assert len(widgets) == 7
    assert loaded(widgets, HEAVY | {"matplotlib.figure"}) == []


def test_all_but_widgets_load_no_widgets_of_orange_and_no_engine():
    others = [name for name in modules() if not name.startswith(f"{PREFIX}.widgets")]
    assert len(others) > 100
    assert loaded(others, HEAVY | OTHERS) == []


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018
    assert "Embedder" in dir(package)
