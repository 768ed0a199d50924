"""Write an image or an animation to a file."""

import io
from collections.abc import Sequence

from PIL import Image

from ..atomic_files import AtomicFile, PathLike, file_path
from ..errors import SinkError

FRAME_SECONDS = 0.7
"""Seconds for which an animation shows a frame."""


def open_image_output(path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()) -> AtomicFile:
    """Open a ``.png`` or ``.gif`` file for `write_images`.

    Parameters
    ----------
    path : path
    overwrite, inputs
        As for `AtomicFile`.

    Raises
    ------
    SinkError
        The path has another ending, or `AtomicFile` refuses it.
    """
    path = file_path(path)
    if path.suffix.lower() not in (".png", ".gif"):
        raise SinkError(f"Images are written to .png and .gif files, not to {path.name}.")
    return AtomicFile(path, overwrite=overwrite, inputs=inputs)


def is_animation(file: AtomicFile) -> bool:
    """Return whether a file is for an animation."""
    return file.path.suffix.lower() == ".gif"


def write_images(file: AtomicFile, frames: Sequence[Image.Image]) -> None:
    """Write the first image to a PNG file, or all to an animation, which is repeated and shows the last one longest.

    Raises
    ------
    SinkError
        The file cannot be written, for example because the disk is full.
    """
    content = io.BytesIO()
    if is_animation(file):
        _save_gif(frames, content)
    else:
        frames[0].save(content, "PNG")
    with file:
        file.write(content.getvalue())


def _save_gif(frames: Sequence[Image.Image], file: io.BytesIO) -> None:
    # With a single palette and no dithering, parts that do not change from frame to frame take no space.
    palette = frames[-1].quantize(256, Image.Quantize.MEDIANCUT)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    milliseconds = round(1000 * FRAME_SECONDS)
    durations = [milliseconds] * (len(flat) - 1) + [3 * milliseconds]
    flat[0].save(file, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0)
