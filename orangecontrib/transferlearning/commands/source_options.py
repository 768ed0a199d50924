"""Options of the commands with a source of images."""

import os
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from .embedder_options import POSITIVE, Command, with_options

if TYPE_CHECKING:
    from ..records import Source


class Condition(click.ParamType):
    """``COLUMN=VALUE``: a column and the value that it must have."""

    name = "COLUMN=VALUE"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> tuple[str, str]:
        """Parse one value of the option."""
        column, equals, wanted = (part.strip() for part in value.partition("="))
        if not column or not equals:
            self.fail(f"{value!r} is not a condition; say COLUMN=VALUE.", parameter, context)
        return column, wanted


local_addresses_option = click.option(
    "--local-addresses/--no-local-addresses",
    default=True,
    show_default=True,
    help="Fetch images also from addresses of this computer and of local networks.",
)

_SOURCE_OPTIONS = [
    click.option(
        "--root",
        metavar="FOLDER",
        help="Folder that relative paths in a CSV file start from; by default its own folder.",
    ),
    click.option(
        "--image-column",
        multiple=True,
        metavar="NAME",
        help="The image column of a CSV file with a header; repeatable for several image columns.",
    ),
    click.option("--label-column", metavar="NAME", help="The column of classes in a CSV file with a header."),
    click.option("--target-column", metavar="NAME", help="The column of numbers to predict, instead of classes."),
    click.option("--where", multiple=True, type=Condition(), help="Take only rows that have this value; repeatable."),
    click.option("--start-row", type=POSITIVE, default=1, show_default=True, help="The first row or image to take."),
    click.option("--limit", metavar="N", type=POSITIVE, help="Take N rows or images at most."),
    click.option("--labels", metavar="FILE.npy", help="Labels of the images in an .npy file."),
    click.option("--height", type=POSITIVE, help="Height of images in a flat .npy file, in pixels."),
    click.option("--width", type=POSITIVE, help="Width of images in a flat .npy file, in pixels."),
    click.option("--channels", type=POSITIVE, help="Channels of images in a flat .npy file (3 if not given)."),
    local_addresses_option,
]
_SOURCE_NAMES = (
    "root", "image_column", "label_column", "target_column", "where", "start_row", "limit", "labels", "height", "width",
    "channels", "local_addresses",
)  # fmt: skip


def source_options(command: Command) -> Command:
    """Add the options of a source to a command with an argument ``source``, which becomes the opened source."""

    @wraps(command)
    def with_source(*args: Any, source: str, **options: Any) -> Any:
        from ..sources.opening import open_source

        chosen = {name: options.pop(name) for name in _SOURCE_NAMES}
        chosen["image_column"] = chosen["image_column"] or None
        chosen["where"] = _conditions(chosen["where"])
        return command(*args, source=open_source(source, **chosen), **options)

    return with_options(with_source, _SOURCE_OPTIONS)


def open_alike(location: str) -> "Source":
    """Open another source for the running command; a table has the same columns as the first source.

    Raises
    ------
    SourceError
    """
    from ..sources.opening import open_source

    given = click.get_current_context().params
    if given["where"]:
        raise click.UsageError("--where chooses rows of SOURCE only: leave it out, or --validate and --test.")
    names = () if os.path.isdir(location) else ("root", "image_column", "label_column", "target_column")
    chosen = {name: given[name] for name in names if given[name]}
    return open_source(location, local_addresses=given["local_addresses"], **chosen)


def _conditions(pairs: tuple[tuple[str, str], ...]) -> dict[str, str] | None:
    conditions = dict(pairs)
    if len(conditions) < len(pairs):
        raise click.UsageError("A column is named by --where twice, which no row can fulfil; name each once.")
    return conditions or None


def files_read() -> list[str]:
    """Return the files that the running command reads: its sources, and the files of its options."""
    given = click.get_current_context().params
    files = [given[name] for name in ("source", "labels", "weights", "model") if given.get(name)]
    return [*files, *given.get("images", ())]
