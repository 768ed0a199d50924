"""Pictures to columns that any Orange learner can use, with any Keras network, on your own computer."""

from importlib import import_module
from typing import Any

_HOME = {
    "BACKBONES": "backbones",
    "Backbone": "backbones",
    "BottleneckNetworkLearner": "networklearners",
    "Cancelled": "errors",
    "CsvSink": "csvfeatures",
    "CsvSource": "csvfiles",
    "Embedder": "embedder",
    "Embeddings": "items",
    "FineTuneLearner": "finetunelearner",
    "FolderSource": "folders",
    "Hdf5Sink": "singlefiles",
    "ImageItem": "items",
    "ListSource": "lists",
    "NpySink": "npyfeatures",
    "NpySource": "arrays",
    "NpzSink": "singlefiles",
    "ParquetSink": "singlefiles",
    "Skipped": "items",
    "TransferLearningError": "errors",
    "classify_pictures": "classification",
    "embed_table": "table",
    "find_evidence": "evidence",
    "load_features": "savedtable",
    "open_features": "reading",
    "open_sink": "sinks",
    "open_source": "sources",
    "open_sources": "sources",
    "predict_classes": "predictions",
    "read_features": "reading",
    "read_image": "images",
    "stream_rows": "rows",
    "to_table": "table",
    "transform_rows": "rows",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
