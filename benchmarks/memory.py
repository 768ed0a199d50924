"""Measurement in a child process: the peak memory of the command that embeds images."""

import resource
import sys

from orangecontrib.transferlearning.commands.cli import main

from .contenders import Contenders


def open_contenders(arguments: list[str]) -> Contenders:
    """Run the command once, and return its peak memory as a fact.

    Parameters
    ----------
    arguments : list of str
        Arguments of ``orange-transfer``.
    """
    main(arguments, standalone_mode=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Contenders(facts={"megabytes": peak / (2**20 if sys.platform == "darwin" else 2**10)})
