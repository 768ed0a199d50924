"""Format predictions as text, JSON or CSV."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..atomic_files import csv_line
from ..embedding.predictions import Prediction
from ..visible_text import visible, visible_json


def as_text(predictions: Iterable[Prediction]) -> Iterator[str]:
    """Format the name of each image, and its classes or number below."""
    separator = ""
    for prediction in predictions:
        lines = [visible(prediction.key)]
        if prediction.number is not None:
            lines.append(f"  {prediction.number:.6g}")
        names = [visible(each.name) for each in prediction.classes]
        width = max(map(len, names), default=0)
        for name, each in zip(names, prediction.classes, strict=True):
            lines.append(f"  {each.probability:.4f}  {name:{width}}  {each.wordnet_id}".rstrip())
        yield separator + "\n".join(lines) + "\n"
        separator = "\n"


def as_json(predictions: Iterable[Prediction]) -> Iterator[str]:
    """Format a list with an object for each image."""
    separator = "["
    for prediction in predictions:
        yield f"{separator}\n{visible_json(json.dumps(_facts(prediction), ensure_ascii=False))}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _facts(prediction: Prediction) -> dict[str, Any]:
    if prediction.number is not None:
        return {"image": prediction.key, "number": prediction.number}
    classes = [
        {"name": each.name, "probability": each.probability}
        | ({"wordnet_id": each.wordnet_id} if each.wordnet_id else {})
        for each in prediction.classes
    ]
    return {"image": prediction.key, "classes": classes}


def as_csv(predictions: Iterable[Prediction], *, escape_formulas: bool = False) -> Iterator[str]:
    """Format a header, and a row for each class of each image, or for each number; see `csv_line`."""
    header = None
    for prediction in predictions:
        rows = _rows(prediction)
        if header is None:
            header = list(rows[0])
            yield csv_line(header)
        yield "".join(csv_line(row.values(), escape_formulas=escape_formulas) for row in rows)


def _rows(prediction: Prediction) -> list[dict[str, Any]]:
    if prediction.number is not None:
        return [{"image": prediction.key, "number": prediction.number}]
    return [
        {"image": prediction.key, "rank": rank, "class": each.name, "probability": each.probability}
        | ({"wordnet_id": each.wordnet_id} if each.wordnet_id else {})
        for rank, each in enumerate(prediction.classes, start=1)
    ]


FORMATS: Mapping[str, Callable[[Iterable[Prediction]], Iterator[str]]] = MappingProxyType(
    {"text": as_text, "json": as_json, "csv": as_csv}
)
"""Functions that yield parts of the output for each prediction, by format."""
