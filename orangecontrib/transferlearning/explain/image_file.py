"""A file of an image, or of an animation, that appears whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from PIL import Image

from ..atomic_files import AtomicFiles, PathLike, as_sink_error
from ..errors import SinkError

FRAME_SECONDS = 0.7
"""Seconds that a frame of an animation stays."""


class ImageFile(AtomicFiles):
    """A ``.png`` file of one image, or a ``.gif`` file of several, which begins anew at its end.

    Parameters
    ----------
    path : path
    overwrite : bool
        Whether a file that is there may be replaced.
    inputs : sequence of path
        Files that are being read, which are never replaced.

    Raises
    ------
    SinkError
        Another ending, or a file that is in the way.
    """

    def __init__(self, path: PathLike, *, overwrite: bool = False, inputs: Sequence[PathLike] = ()):
        path = Path(path)
        self.animated = path.suffix.lower() == ".gif"
        if not self.animated and path.suffix.lower() != ".png":
            raise SinkError(f"Maps are drawn into .png and .gif files, not {path.name}.")
        super().__init__((path,), overwrite, inputs)

    def write(self, frames: Sequence[Image.Image]) -> None:
        """Write the image, or the frames of an animation, whose last one stays three times as long.

        Raises
        ------
        SinkError
            The disk is full, say.
        """
        with as_sink_error(self.paths[0]):
            if self.animated:
                _save_gif(frames, self._files[0])
            else:
                frames[0].save(self._files[0], "PNG")


def _save_gif(frames: Sequence[Image.Image], file: IO[bytes]) -> None:
    # One palette for all, without dithering: what does not change from frame to frame then takes no space.
    palette = frames[-1].quantize(256, Image.Quantize.MEDIANCUT)
    flat = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    milliseconds = round(1000 * FRAME_SECONDS)
    durations = [milliseconds] * (len(flat) - 1) + [3 * milliseconds]
    flat[0].save(file, "GIF", save_all=True, append_images=flat[1:], duration=durations, loop=0)
