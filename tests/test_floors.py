"""Who may import whom, and what must not be loaded by whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import orangecontrib.transferlearning as package

ROOT = Path(package.__path__[0])
PREFIX = "orangecontrib.transferlearning"
HEAVY = {"tensorflow", "keras", "torch", "jax", "dask"}
OPTIONAL = HEAVY | {"h5py", "openvino", "pyarrow"}
QT = {"AnyQt", "PyQt5", "PyQt6", "orangewidget"}

FLOORS = {
    "errors": 0, "items": 0, "locations": 0, "reasons": 0, "truncation": 0, "pixels": 0, "images": 0, "labels": 0,
    "lists": 0, "folders": 0, "csvfiles": 0, "arrays": 0, "sources": 0, "weights": 0,
    "squeezenet": 0, "changes": 0, "steps": 0, "layers": 0, "loading": 0, "networks": 0,
    "activations": 0, "weightfiles": 0, "backbonerecord": 0, "backbones": 0, "kerasprocess": 0, "batches": 0,
    "cells": 0, "columns": 0, "parts": 0,
    "imagenet": 0, "joined": 0, "kerasfiles": 0, "fingerprints": 0, "waiting": 0, "remembered": 0,
    "dimensions": 0, "headers": 0, "smallpictures": 0, "tablelook": 0, "arraylook": 0, "imagechoice": 0,
    "arraypictures": 1, "imagetable": 4, "imageloading": 4, "predictiontable": 4,
    "history": 0, "headsettings": 0, "archives": 0, "shares": 0, "heads": 1, "smallnetwork": 1,
    "networkmodels": 4, "networklearners": 4, "colours": 0, "curves": 3, "networkplan": 3, "networktraining": 3,
    "networkreport": 3, "networkfiles": 4, "sheets": 3, "testsheet": 3,
    "engine": 1, "tensorflow_engine": 1, "openvino_engine": 1, "openvinoimport": 1, "jax_engine": 1,
    "torch_engine": 1, "converted": 1,
    "cachepool": 1, "cachefile": 1, "cache": 1, "saved": 1, "publishing": 1, "textarrays": 1, "filenames": 0,
    "cacherows": 1, "contenthash": 1, "folderfeatures": 1, "durable": 1, "locking": 1, "lateerrors": 1,
    "journal": 1, "resuming": 1, "journalled": 1, "singlefiles": 1, "arrayfolder": 1, "csvfeatures": 1,
    "npyfeatures": 1, "npz": 1, "hdf5": 1, "parquet": 1, "sinks": 1, "reading": 1,
    "opening": 2, "engine_apart": 2, "pipeline": 2, "embeddersettings": 2, "embedder": 2,
    "apart": 0, "pulse": 0, "turns": 0, "kerasbackend": 0,
    "rows": 2, "knownembedders": 2, "picturefeatures": 2,
    "panels": 3, "tiles": 3, "picturefile": 3, "featuremaps": 3,
    "featurecolumns": 4, "savedtable": 4, "orangeformat": 4, "table": 4,
    "predictions": 3, "predictionformats": 3, "predictionfile": 1,
    "learners": 3, "linear": 3, "slices": 3, "splits": 3, "outcomes": 3, "gridsearch": 3, "training": 3, "memory": 3,
    "trainingplan": 3, "scores": 3, "charts": 3, "trainingreport": 3,
    "models": 4, "trainingfiles": 4,
    "metacolumns": 4, "imagecolumns": 4, "computedfeatures": 4, "pictureembedding": 4, "modelinput": 4,
    "featurepreprocessor": 4,
    "modelfiles": 4, "classification": 4,
    "occlusion": 3, "linearparts": 3, "heatmaps": 3, "layerview": 3, "mapmodels": 4, "mapsight": 4,
    "evidence": 4, "evidencewords": 4, "rowfeatures": 4, "pickedrows": 4,
    "scratch": 0, "augmentation": 0, "tunable": 0, "tuningsettings": 0, "bottlenecks": 1, "tuner": 1, "checkpoints": 1,
    "picturesets": 2, "material": 3, "finetuned": 3, "phases": 3, "finetuning": 3, "recipes": 3, "comparison": 3,
    "tuningfiles": 4, "tuningreport": 3, "tuningoptions": 5,
    "finetunedfile": 3, "finetunedpredictions": 3, "finetunedmodel": 4, "finetunelearner": 4,
    "livelearner": 4, "historytable": 4,
    "predictionoutput": 5,
    "options": 5, "sourceoptions": 5, "terminal": 5, "demo": 5, "cli": 5, "__init__": 5, "__main__": 5,
}  # fmt: skip
"""Of each module; a module imports from its own floor or below."""


def floor_of(module):
    return 5 if module.startswith(("widgets", "tutorials", "commands")) else FLOORS[module]


def modules():
    return sorted(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in ROOT.rglob("*.py"))


def imports(module):
    """Pairs of (imported module, whether inside a function) of one module, `if TYPE_CHECKING` left out."""
    tree = ast.parse((ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    inner = {id(node) for outer in ast.walk(tree) if isinstance(outer, ast.FunctionDef) for node in ast.walk(outer)}
    typing = {
        id(node)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.If) and getattr(outer.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(outer)
    }
    depth = module.count(".")
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in inner) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = ".".join([PREFIX, *module.split(".")[: depth + 1 - node.level]]) if node.level else ""
            names = [node.module] if node.module else [alias.name for alias in node.names]
            yield from ((".".join(filter(None, [home, name])), id(node) in inner) for name in names)


def test_modules_keep_to_their_floors():
    for module in modules():
        check_floor(module)


def check_floor(module):
    floor = floor_of(module)
    widget = module.startswith("widgets")
    for name, inside_function in imports(module):
        top = name.split(".")[0]
        if name.startswith(PREFIX + "."):
            other = name.removeprefix(PREFIX + ".")
            assert floor_of(other) <= floor, f"{module} (floor {floor}) imports {other}"
        if not widget and not module.startswith("tutorials"):
            assert top not in QT and not name.startswith("Orange.widgets"), f"{module} imports {name}"
        if top == "Orange":
            assert floor >= 4, f"{module} (floor {floor}) imports {name}"
        if top in OPTIONAL:
            assert inside_function, f"{module} imports {name} at module level"
            assert floor in (0, 1) or module == "terminal", f"{module} (floor {floor}) imports {name}"


def test_every_module_has_a_floor():
    assert {m for m in modules() if not m.startswith(("widgets", "tutorials", "commands"))} == set(FLOORS)


def test_widgets_and_public_names_load_nothing_heavy():
    widgets = [f"{PREFIX}.{m}" for m in modules() if m.startswith("widgets.ow")]
    assert widgets
    code = (
        f"import sys, importlib, {PREFIX} as package\n"
        f"for name in {widgets}: importlib.import_module(name)\n"
        "for name in package.__all__: getattr(package, name)\n"
        f"print(sorted({HEAVY | {'matplotlib.figure'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.nothing  # noqa: B018
    assert "Embedder" in dir(package)
