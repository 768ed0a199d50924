"""Tables of a comparison of networks: text for the terminal, and CSV."""

from collections.abc import Sequence

from ..atomic_files import csv_line
from ..bakeoff.comparison import ComparisonRow, ComparisonSettings
from ..bakeoff.pareto import pareto_front
from ..plurals import pl
from .style import shorten

_MAX_NAME = 60

_TITLES = ("accuracy", "spread", "AUC", "images/s", "ms/image", "features", "MB")
_COLUMNS = (
    "candidate", "networks", "mirrored", "scaling", "learner", "accuracy", "spread", "auc", "images_per_second",
    "ms_per_image", "n_features", "megabytes", "n_images", "n_folds", "n_seeds", "front",
)  # fmt: skip


def on_front(rows: Sequence[ComparisonRow]) -> list[bool]:
    """Return for each row whether no other one is as fast and as accurate, and better in one of both."""
    front = pareto_front([row.speed.milliseconds for row in rows], [row.scores.accuracy for row in rows])
    return front.tolist()


def networks_text(rows: Sequence[ComparisonRow], settings: ComparisonSettings) -> list[str]:
    """Return the lines of an aligned table, with a heading; rows on the Pareto front are marked.

    Parameters
    ----------
    rows : sequence of ComparisonRow
    settings : ComparisonSettings
    """
    names = [shorten(row.candidate.name, _MAX_NAME) for row in rows]
    learners = [row.learner.title for row in rows]
    cells = [("network", "learner", *_TITLES), *(_cells(*each) for each in zip(names, learners, rows, strict=True))]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    marks = ["", *("  front" if marked else "" for marked in on_front(rows))]
    return [
        describe_validation(rows[0].n_images, settings),
        *(_line(*each, widths) for each in zip(cells, marks, strict=True)),
    ]


def describe_validation(n_images: int, settings: ComparisonSettings) -> str:
    """Return what was done, such as "5-fold cross-validation on 340 images, seed 0"."""
    n_seeds = len(settings.seeds)
    seeds = f"seed {settings.seeds[0]}" if n_seeds == 1 else f"seeds {settings.seeds[0]} to {settings.seeds[-1]}"
    return f"{settings.n_folds}-fold cross-validation on {n_images} {pl(n_images, 'image')}, {seeds}"


def _cells(name: str, learner: str, row: ComparisonRow) -> tuple[str, ...]:
    scores, speed = row.scores, row.speed
    return (
        name, learner, f"{scores.accuracy:.3f}", f"{scores.spread:.3f}", f"{scores.auc:.4f}",
        f"{speed.images_per_second:.1f}", f"{speed.milliseconds:.1f}", f"{row.n_features:,}",
        str(row.candidate.megabytes),
    )  # fmt: skip


def _line(cells: Sequence[str], mark: str, widths: Sequence[int]) -> str:
    texts = [f"{cell:<{width}}" for cell, width in zip(cells[:2], widths, strict=False)]
    numbers = [f"{cell:>{width}}" for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*texts, *numbers]) + mark


def networks_csv(rows: Sequence[ComparisonRow], settings: ComparisonSettings) -> str:
    """Return the rows as CSV, with a header, and with the accuracy in each fold in the last columns.

    Parameters
    ----------
    rows : sequence of ComparisonRow
    settings : ComparisonSettings
    """
    folds = [f"seed {seed} fold {fold + 1}" for seed in settings.seeds for fold in range(settings.n_folds)]
    lines = [csv_line([*_COLUMNS, *folds])]
    for row, is_marked in zip(rows, on_front(rows), strict=True):
        lines.append(csv_line([*_values(row, settings), int(is_marked), *row.scores.folds]))
    return "".join(lines)


def _values(row: ComparisonRow, settings: ComparisonSettings) -> list[object]:
    candidate, scores, speed = row.candidate, row.scores, row.speed
    embedder = candidate.embedder()
    return [
        candidate.name, embedder.backbone, int(embedder.mirrored), embedder.scaling,
        row.learner.title, scores.accuracy, scores.spread, scores.auc, speed.images_per_second, speed.milliseconds,
        row.n_features, candidate.megabytes, row.n_images, settings.n_folds, len(settings.seeds),
    ]  # fmt: skip
