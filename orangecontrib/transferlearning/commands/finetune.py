"""`orange-transfer finetune`: train the last layers of a network on images."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..atomic_files import AtomicFile
from ..backbones.libraries import check_training
from ..errors import SinkError
from ..plurals import pl
from ..sources.split_folders import SPLIT_NAME
from .embedder_options import NetworkName, weights_of
from .source_options import files_read, open_alike, source_options
from .terminal import (
    downloads,
    load_quietly,
    print_above_bar,
    print_notes,
    print_rare,
    print_remarks,
    print_skipped,
    print_unlabeled,
    progress,
    show,
    tell,
)
from .tuning_options import tuning_options

if TYPE_CHECKING:
    from ..finetuning.dataset import TuningData
    from ..finetuning.fine_tune import FineTuned
    from ..finetuning.partly_frozen import PartlyFrozen
    from ..finetuning.recipe import Recipe
    from ..records import Source
    from ..reports.comparison import ComparisonLine
    from ..training.history import Epoch


_ENDING = ".keras"
"""Ending of the file of a network."""


@click.command()
@click.argument("source")
@click.argument("out", required=False)
@source_options
@click.option(
    "--backbone", type=NetworkName(), default="SqueezeNet", show_default=True, metavar="NAME", help="The network."
)
@tuning_options
@click.option("--compare", metavar="NAME,NAME,...", help="Fine-tune several networks, and compare them in a table.")
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(min=1),
    help="Number of threads that open images; by default one per core.",
)
@click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
@click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
def finetune(
    source: "Source", out: str | None, compare: str | None, resume: bool, overwrite: bool, **settings: Any
) -> None:
    """Fine-tune a network on the images of SOURCE, and write it to OUT.

    First a new head is trained on the network's features, then the last layers of the network together with it. OUT is
    a .keras file for `classify`, `predict` and `embed --weights`; charts of the training are written beside it. With
    --compare, OUT is a .csv file for the table.
    """
    from ..finetuning.recipe import make_recipe

    if source.columns:
        raise click.UsageError("A network is fine-tuned on one image per row: name one --image-column.")
    parts = {name: settings.pop(name) for name in ("validate", "test", "validation_size", "test_size", "min_images")}
    recipe = make_recipe(**settings | {"weights": weights_of(settings["weights"])})
    sources = _open_parts(source, parts)
    if compare:
        if resume:
            raise click.UsageError("A comparison is not resumed: leave --resume out.")
        _compare(compare.split(","), recipe, sources, out, overwrite, parts)
    elif not out:
        raise click.UsageError("Missing argument 'OUT': name a .keras file, or --compare several networks.")
    else:
        _finetune(recipe, sources, out, resume, overwrite, parts)


def _open_parts(source: "Source", parts: dict[str, Any]) -> "dict[str, Source]":
    opened = {"train": source}
    for role, name in (("validation", "validate"), ("test", "test")):
        if parts[name]:
            opened[role] = open_alike(parts[name])
    for each in opened.values():
        print_remarks(each)
    if not parts["validate"] and SPLIT_NAME in source.meta_names:
        tell("the splits are not used here; name them instead: SOURCE/train --validate SOURCE/val")
    return opened


def _finetune(
    recipe: "Recipe", sources: "dict[str, Source]", out: str, resume: bool, overwrite: bool, parts: dict[str, Any]
) -> None:
    from ..backbones.saved_models import pack_finetuned
    from ..finetuning.checkpoint import Checkpoint, is_begun
    from ..reports.files import TUNING_KINDS, open_model_output, write_tuning
    from ..reports.text import report_tuning

    path = Path(out).expanduser().with_suffix(_ENDING)
    is_whole = resume and not overwrite and path.is_file() and not is_begun(path)
    file = open_model_output(out, _ENDING, TUNING_KINDS, overwrite=overwrite or is_whole, inputs=_inputs(parts))
    if is_whole:
        _check_whole(path, recipe, sources, parts)
        return
    with Checkpoint(file.path, resume=resume, overwrite=overwrite) as checkpoint:
        network, tuning_data = _load(recipe, sources, parts)
        try:
            tuned = _train(recipe, network, tuning_data, not parts["validate"], checkpoint)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("; the work so far is kept: say --resume to continue") from None
        about = recipe.about(network, tuning_data.classes, sources["train"].label_name or "Class")
        about["training"] = _describe(recipe, network, tuning_data)
        with file:
            file.write(pack_finetuned(tuned.model, about))
    show(*report_tuning(tuned, len(tuning_data.train), len(tuning_data.validation)))
    show(file.path)
    for path in write_tuning(tuned, file.path):
        show(path)


def _check_whole(path: Path, recipe: "Recipe", sources: "dict[str, Source]", parts: dict[str, Any]) -> None:
    """Check that an existing output is the one that this run would write, and print that."""
    from ..backbones.saved_models import read_about
    from ..features.resuming import check_same_settings

    made = read_about(path).get("training")
    if not made:
        raise SinkError(
            f"{path} is there already, and does not say how it was made: choose another name, or say --overwrite."
        )
    # Check first what does not need the network.
    check_same_settings(made, _epochs(recipe), f"{path} was made")
    network, tuning_data = _load(recipe, sources, parts)
    check_same_settings(made, _describe(recipe, network, tuning_data), f"{path} was made")
    n_images = len(tuning_data.targets)
    tell(f"{path} is complete already: {n_images} {pl(n_images, 'image')}, nothing left to do")
    show(path)


def _describe(recipe: "Recipe", network: "PartlyFrozen", tuning_data: "TuningData") -> dict[str, Any]:
    """Return all settings that the fine-tuned network depends on."""
    from ..finetuning.fine_tune import describe_training

    return describe_training(network, tuning_data, recipe.head, recipe.tuning) | _epochs(recipe)


def _epochs(recipe: "Recipe") -> dict[str, Any]:
    return {"epochs": recipe.tuning.epochs, "patience": recipe.tuning.patience}


def _compare(
    names: list[str], recipe: "Recipe", sources: "dict[str, Source]", out: str | None, overwrite: bool,
    parts: dict[str, Any],
) -> None:  # fmt: skip
    from ..backbones.registry import find_backbone
    from ..reports.comparison import compare, comparison_csv, comparison_text

    if not (parts["test"] or parts["test_size"]):
        raise click.UsageError("There is nothing to compare on: name images for the --test, or a --test-size.")
    if out and Path(out).suffix.lower() != ".csv":
        raise click.UsageError(f"The table of a comparison is a .csv file, not {out}.")
    file = AtomicFile(out, overwrite=overwrite, inputs=_inputs(parts)) if out else None
    recipes = [replace(recipe, backbone=find_backbone(name.strip()).name) for name in names]
    lines: list[ComparisonLine] = []
    try:
        for each in recipes:
            network, tuning_data = _load(each, sources, parts)
            lines.append(compare(each.backbone, _train(each, network, tuning_data, not parts["validate"])))
    finally:
        # Each line may have taken hours.
        if lines:
            show(*comparison_text(lines, sources["train"].is_target))
        if lines and file:
            with file:
                file.write(comparison_csv(lines).encode())
            show(file.path)


def _inputs(parts: dict[str, Any]) -> list[str]:
    return [*files_read(), *(parts[name] for name in ("validate", "test") if parts[name])]


def _load(recipe: "Recipe", sources: "dict[str, Source]", parts: dict[str, Any]) -> "tuple[PartlyFrozen, TuningData]":
    from ..backbones.registry import find_backbone
    from ..finetuning.dataset import check_not_empty, make_tuning_data
    from ..training.label_encoding import leave_out_rare

    tell(f"Loading {find_backbone(recipe.backbone).title} ...")
    load_quietly(check_training)
    with downloads() as callback:
        network = recipe.open(callback)
    with progress("Reading", sum(map(len, sources.values())), "image") as callback:
        images = recipe.read(list(sources.values()), network.image_size, callback)
    print_skipped(images.skipped)
    print_notes(images.notes)
    check_not_empty(images)
    print_unlabeled(sum(label is None for label in images.labels))
    is_target = sources["train"].is_target
    if not is_target:
        labels, rare = leave_out_rare(images.labels, parts["min_images"])
        print_rare(rare)
        images = replace(images, labels=labels)
    return network, make_tuning_data(
        images,
        list(sources),
        is_target=is_target,
        validation_size=parts["validation_size"],
        test_size=parts["test_size"],
        seed=recipe.seed,
    )


def _train(
    recipe: "Recipe", network: "PartlyFrozen", tuning_data: "TuningData", retrain: bool, checkpoint: Any = None
) -> "FineTuned":
    from ..finetuning.fine_tune import fine_tune

    with progress("Training", 100, "%") as callback:
        return fine_tune(
            network,
            tuning_data,
            recipe.head,
            recipe.tuning,
            retrain=retrain,
            checkpoint=checkpoint,
            callback=callback,
            tell=_print_epoch,
        )


def _print_epoch(phase: int, number: int, epoch: "Epoch") -> None:
    # The head has a hundred epochs within seconds.
    if phase == 2 or number % 10 == 0:
        print_above_bar(f"{('head', 'fine-tuning')[phase - 1]}, epoch {number}: {epoch}")
