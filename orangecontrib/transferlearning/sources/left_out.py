"""Count and describe the files of a folder that are left out."""

from collections.abc import Mapping
from pathlib import PurePath

from ..plurals import pl

_N_SHOWN = 8
_LONGEST_SUFFIX = 13


def kind_of_file(name: str) -> str:
    """Return what a file that is left out is counted as: its suffix in lower case, or how its name begins."""
    if name.startswith("~$"):
        return "~$..."
    suffix = PurePath(name).suffix.lower()
    return suffix if suffix and len(suffix) <= _LONGEST_SUFFIX and suffix.isprintable() else "without a known suffix"


def describe_left_out(left_out: Mapping[str, int]) -> str:
    """Return counts in words: "3 .json, 1 .crdownload, 1 @eaDir/"; "" if there are none.

    Parameters
    ----------
    left_out : mapping of str to int
        Number of files of each kind, from `kind_of_file`, and of folders by their name and a slash.
    """
    kinds = sorted(left_out.items(), key=lambda kind: (-kind[1], kind[0]))
    shown = [f"{n:,} {kind}" for kind, n in kinds[:_N_SHOWN]]
    n_others = sum(n for _, n in kinds[_N_SHOWN:])
    return ", ".join([*shown, f"{n_others:,} {pl(n_others, 'other')}"] if n_others else shown)
