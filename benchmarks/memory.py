"""In a child: the peak of memory that the command takes to embed some images."""

import resource
import sys

from orangecontrib.transferlearning.commands.cli import main

from .contenders import Contenders


def open_contenders(arguments: list[str]) -> Contenders:
    """Run the command once.

    Parameters
    ----------
    arguments : list of str
        Of ``orange-transfer``.
    """
    main(arguments, standalone_mode=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Contenders(facts={"megabytes": peak / (2**20 if sys.platform == "darwin" else 2**10)})
