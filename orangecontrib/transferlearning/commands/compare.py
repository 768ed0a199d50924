"""`orange-transfer compare`: networks side by side on the user's own images."""

from typing import TYPE_CHECKING, Any

import click

from ..errors import SettingError, TransferLearningError, WeightsError
from ..plurals import pl
from .embedder_options import (
    ENGINE_OPTIONS,
    POSITIVE,
    SEEDS,
    STEP_OPTION,
    VIEW_OPTIONS,
    Command,
    presets_and_networks,
    with_options,
)
from .source_options import files_read, source_options
from .terminal import (
    print_above_bar,
    print_rare,
    print_remarks,
    print_skipped,
    print_unlabeled,
    progress,
    show,
    tell,
)
from .tuning_options import min_images_option

if TYPE_CHECKING:
    from ..bakeoff.candidates import Candidate
    from ..bakeoff.comparison import Comparison, ComparisonRow, ComparisonSettings
    from ..records import Source


_CANDIDATE_OPTIONS = [
    click.option(
        "--preset",
        "presets",
        multiple=True,
        type=click.Choice(["quick", "balanced", "best"]),
        help="A preset to compare; repeatable. Without --preset and --backbone, all three are compared.",
    ),
    click.option(
        "--backbone",
        "backbones",
        multiple=True,
        metavar="NAME[:LAYER][+...]",
        help="A network to compare, with its layer if it is not its own, or several joined; repeatable.",
    ),
    *VIEW_OPTIONS,
    STEP_OPTION,
]
_COMPARISON_OPTIONS = [
    click.option(
        "--learner",
        "learners",
        multiple=True,
        type=click.Choice(["logistic", "svm", "forest", "knn"]),
        help="A learner of Orange, with the defaults of its widget; repeatable. The default is logistic.",
    ),
    click.option(
        "--folds",
        "n_folds",
        type=click.IntRange(min=2),
        default=5,
        show_default=True,
        help="Number of folds of the cross-validation, the same for all networks.",
    ),
    click.option("--seed", type=SEEDS, default=0, show_default=True, help="Seed of the folds."),
    click.option(
        "--seeds",
        "n_seeds",
        type=POSITIVE,
        default=1,
        show_default=True,
        metavar="N",
        help="Cross-validate N times, with folds of N seeds from --seed on, and take the means.",
    ),
    click.option("--group", metavar="COLUMN", help="Column of a table; images with one value in it are in one fold."),
    click.option("--keep-together", is_flag=True, help="Keep images that look like the same photograph in one fold."),
    min_images_option,
]


def _comparison_options(command: Command) -> Command:
    return with_options(command, [*_CANDIDATE_OPTIONS, *_COMPARISON_OPTIONS, *ENGINE_OPTIONS])


_SHARED_NAMES = ("steps", "engine", "n_threads", "batch_size")


@click.command()
@click.argument("source")
@click.argument("out", required=False)
@source_options
@_comparison_options
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
def compare(source: "Source", out: str | None, overwrite: bool, **options: Any) -> None:
    """Compare networks on the images of SOURCE, and write the table to OUT.

    Every network or preset computes features of the same images, and learners of Orange are cross-validated on them
    with the same folds. OUT is a .csv file; a chart of the accuracy over the time that an image takes is written beside
    it.
    """
    from ..bakeoff.comparison import Comparison
    from ..bakeoff.images import labeled_images
    from ..reports.files import COMPARISON_KINDS, open_model_output, write_comparison
    from ..reports.networks_table import networks_csv

    file = None
    if out:
        file = open_model_output(out, ".csv", COMPARISON_KINDS, overwrite=overwrite, inputs=files_read())
    print_remarks(source)
    images = labeled_images(source, min_images=options["min_images"], group=options["group"])
    print_unlabeled(images.n_unlabeled)
    print_rare(images.rare or {})
    comparison = Comparison(_candidates(options), images, _settings(options))
    rows, error = _run(comparison, has_cache=options["cache"])
    if file and rows:
        with file:
            file.write(networks_csv(rows, comparison.settings).encode())
        show(file.path)
        for path in write_comparison(rows, comparison.settings, file.path):
            show(path)
    if error:
        raise error


def _candidates(options: dict[str, Any]) -> "list[Candidate]":
    from ..bakeoff.candidates import backbone_candidate, preset_candidate
    from ..embedding.cache import FeatureCache, default_path
    from ..embedding.presets import PRESETS

    shared = {name: options[name] for name in _SHARED_NAMES}
    shared["cache"] = FeatureCache(default_path()) if options["cache"] else None
    presets, backbones = presets_and_networks(options["presets"], options["backbones"])
    own = {name: options[name] for name in ("mirrored", "scaling")}
    if not backbones and (own["mirrored"] or own["scaling"]):
        raise click.UsageError("Presets have their own mirrored and scaling: name networks with --backbone for these.")
    named = presets if presets or backbones else PRESETS
    return [
        *(preset_candidate(name, **shared) for name in named),
        *(backbone_candidate(name, **shared, **own) for name in backbones),
    ]


def _settings(options: dict[str, Any]) -> "ComparisonSettings":
    from ..bakeoff.comparison import ComparisonSettings
    from ..bakeoff.learners import LEARNERS

    names = dict.fromkeys(options["learners"] or ["logistic"])
    seeds = range(options["seed"], options["seed"] + options["n_seeds"])
    if seeds[-1] > SEEDS.max:
        raise click.UsageError(f"The last of --seeds would be {seeds[-1]}, and {SEEDS.max} is the largest seed.")
    return ComparisonSettings(
        tuple(LEARNERS[name] for name in names), options["n_folds"], tuple(seeds), options["keep_together"]
    )


def _run(comparison: "Comparison", *, has_cache: bool) -> "tuple[list[ComparisonRow], TransferLearningError | None]":
    """Run the comparison, print its table and what is to know about the images, and return its rows.

    If a network cannot be compared, the rows of the others are returned with the error.
    """
    from ..reports.networks_table import networks_text

    rows: dict[tuple[str, str], ComparisonRow] = {}
    error = None
    try:
        with progress("Comparing", 100, "%") as callback:
            for row in comparison.run(callback, _print_stage):
                rows[row.key] = row
                print_above_bar(f"{row.candidate.name}, {row.learner.title}: accuracy {row.scores.accuracy:.3f}")
    except KeyboardInterrupt:
        kept = "; features so far are in the cache: the same command goes on from there" if has_cache else ""
        raise KeyboardInterrupt(kept) from None
    except (WeightsError, SettingError) as met:
        error = met
    finally:
        # Each row may have taken hours.
        print_skipped(comparison.skipped)
        tell(*(f"note: {line}" for line in comparison.notes))
        tell(*_describe_duplicates(comparison))
        if rows:
            show(*networks_text(list(rows.values()), comparison.settings))
    return list(rows.values()), error


def _print_stage(candidate: "Candidate", stage: str) -> None:
    print_above_bar(f"{candidate.name}: {stage} ...")


def _describe_duplicates(comparison: "Comparison") -> list[str]:
    """Return lines on images that look like the same photograph; none if there are no such images."""
    found, items = comparison.duplicates, comparison.images.items
    if not found or not found.n_pairs:
        return []
    pairs = f"{found.n_pairs} {pl(found.n_pairs, 'pair')} of images {pl(found.n_pairs, 'looks|look')} like the same "
    if not found.n_split:
        return [f"{pairs}photograph, in one fold"]
    seed = comparison.settings.seeds[0]
    return [
        f"{pairs}photograph, {found.n_split} in different folds (seed {seed}), so that accuracies may be too high: "
        "remove one of each, or say --keep-together",
        *(f"alike: {items[one].key} and {items[other].key}" for one, other in found.first),
        *[f"... and {found.n_split - len(found.first)} more"] * (found.n_split > len(found.first)),
    ]
