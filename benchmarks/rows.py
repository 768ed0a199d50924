"""The rows of the table, by name."""

from collections.abc import Callable

from .canvas_rows import measure_canvas
from .engine_rows import BATCH_SIZES, PRECISIONS, measure_engine
from .file_rows import N_IMAGES, measure_cache, measure_files, measure_presets
from .memory_rows import SIZES, measure_memory
from .plan import Plan
from .startup_rows import measure_canvas_start, measure_startup
from .table import Row

ROWS: dict[str, Callable[[str, Plan], Row]] = {
    **{f"engine/{backbone}/{precision}": measure_engine for precision in PRECISIONS for backbone in BATCH_SIZES},
    **{f"files/{backbone}": measure_files for backbone in N_IMAGES},
    "presets": measure_presets,
    "cache": measure_cache,
    **dict.fromkeys(SIZES, measure_memory),
    "startup": measure_startup,
    "canvas": measure_canvas,
    "startup/canvas": measure_canvas_start,
}

QUICK = ("engine/MobileNet/float32", "files/SqueezeNet", "presets", "cache", "memory/SqueezeNet", "startup", "canvas")
"""Rows that test all of the code in little time."""


def chosen_rows(names: tuple[str, ...], quick: bool) -> list[str]:
    """Return the rows asked for; the start of a name, such as ``engine/ResNet50`` or ``files``, means all such rows.

    Raises
    ------
    KeyError
        There is no row with this name.
    """
    if not names:
        return list(QUICK if quick else ROWS)
    chosen = []
    for name in names:
        found = [row for row in ROWS if row == name or row.startswith(f"{name.rstrip('/')}/")]
        if not found:
            raise KeyError(name)
        chosen += found
    return list(dict.fromkeys(chosen))
