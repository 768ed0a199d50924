"""The command ``python -m benchmarks``, run from the project's root."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from .children import ChildError
from .machine import describe_machine
from .plan import Plan
from .rows import ROWS, chosen_rows
from .sample_images import write_digits
from .table import EXPLAINED, Row, heading

RESULTS = "benchmarks.md"
"""Default file of the table when all rows are measured."""


def _list_rows(context: click.Context, option: click.Parameter, value: bool) -> None:
    if value:
        click.echo("\n".join(ROWS))
        context.exit()


@click.command()
@click.argument("rows", metavar="[ROW]...", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of images (default: scikit-learn's digits as JPEGs of 500 x 500 pixels).",
)
@click.option(
    "--save", type=click.Path(path_type=Path), help=f"File of the table (default: {RESULTS} if all rows are measured)."
)
@click.option("--repeats", type=click.IntRange(min=1), help="Greatest number of rounds (default: 5); slow rows make 3.")
@click.option("--quick", is_flag=True, help="Only test the code, in about a minute; the numbers mean little.")
@click.option("--list", "listed", is_flag=True, is_eager=True, expose_value=False, callback=_list_rows,
              help="List the rows.")  # fmt: skip
def main(rows: tuple[str, ...], folder: Path | None, save: Path | None, repeats: int | None, quick: bool) -> None:
    """Measure every ROW (default: all) and compare it with other software; print one table.

    A ROW may be the start of a name: engine, files, memory.
    """
    try:
        names = chosen_rows(rows, quick)
    except KeyError as error:
        raise click.BadParameter(f"there is no row {error}; --list lists the rows.") from error
    if save is None and not rows and not quick:
        save = Path(RESULTS)
    with TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as work:
        _set_environment(Path(work))
        if folder is None:
            folder = Path(work, "digits")
            write_digits(folder, 500)
        n_failed = _measure_all(names, Plan(folder, Path(work), repeats or (1 if quick else 5), quick), save)
    sys.exit(1 if n_failed else 0)


def _set_environment(work: Path) -> None:
    """Give child processes their own cache folders, and silence TensorFlow."""
    caches = str(work / "caches")
    os.environ |= {"XDG_CACHE_HOME": caches, "APPDATA": caches, "TF_CPP_MIN_LOG_LEVEL": "3"}


def _measure_all(names: Sequence[str], plan: Plan, save: Path | None) -> int:
    """Print and save row after row, so that an early end loses nothing; return the number of failures."""
    start, n_failed = time.monotonic(), 0
    lines = [describe_machine() + (" (a quick test: these numbers mean little)" if plan.quick else ""), "", heading()]
    click.echo("\n".join(lines))
    for name in names:
        began = time.monotonic()
        try:
            row = ROWS[name](name, plan)
        except (ChildError, OSError, subprocess.SubprocessError) as error:
            row, n_failed = Row(name, "failed", notes=str(error)), n_failed + 1
        lines.append(row.markdown())
        click.echo(lines[-1])
        click.echo(f"{name}: {time.monotonic() - began:.0f} s", err=True)
        _save(save, lines)
    minutes = (time.monotonic() - start) / 60
    lines.append(f"{EXPLAINED}- {len(plan.images)} images in the folder. Measured in {minutes:.1f} minutes.")
    click.echo(lines[-1])
    _save(save, lines)
    return n_failed


def _save(path: Path | None, lines: Sequence[str]) -> None:
    if path is not None:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
