"""Images to columns that any Orange learner can use, with any Keras network, on your own computer."""

_HOME = {
    "BACKBONES": "backbones.registry",
    "Backbone": "backbones.backbone",
    "BottleneckNetworkLearner": "orange.head_learner",
    "Cancelled": "errors",
    "CsvSink": "features.csv_file",
    "CsvSource": "sources.csv_source",
    "Embedder": "embedding.embedder",
    "Embeddings": "records",
    "FineTuneLearner": "orange.finetune_learner",
    "FolderSource": "sources.folder_source",
    "Hdf5Sink": "features.single_file_sinks",
    "ImageItem": "records",
    "ListSource": "sources.list_source",
    "NpySink": "features.npy_pair",
    "NpySource": "sources.array_source",
    "NpzSink": "features.single_file_sinks",
    "ParquetSink": "features.single_file_sinks",
    "Skipped": "records",
    "TransferLearningError": "errors",
    "classify_images": "orange.predictions",
    "embed_table": "orange.embed_table",
    "find_evidence": "explain.evidence",
    "load_features": "orange.features_file",
    "make_recipe": "finetuning.recipe",
    "open_features": "features.opening",
    "open_sink": "features.opening",
    "open_source": "sources.opening",
    "open_sources": "sources.opening",
    "predict_classes": "embedding.imagenet_predictions",
    "read_features": "features.opening",
    "read_image": "images.reading",
    "stream_rows": "embedding.rows",
    "to_table": "orange.embed_table",
    "transform_rows": "embedding.rows",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME]
