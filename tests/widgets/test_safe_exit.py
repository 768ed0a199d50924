"""What keeps PyQt from a segmentation fault when Orange quits."""

import os
import subprocess
import sys
from functools import cache

import pytest

EXITS = """
import sys
from AnyQt.QtCore import QCoreApplication, QObject, QPoint
if "safe" in sys.argv:
    from orangecontrib.transferlearning.widgets.controls import safe_exit
application = QCoreApplication([])
in_use = [QPoint() for _ in range(int(sys.argv[-1]))]
late = []
objects = [QObject() for _ in range(50)]
for each in objects:
    each.destroyed.connect(lambda: late.extend(QPoint() for _ in range(60)))
print("the end")
"""


@cache
def exit_code(*words):
    # The C library writes over memory that is freed, so that its use shows.
    overwriting = {"MALLOC_PERTURB_": "165", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", EXITS, *words]
    done = subprocess.run(command, env=os.environ | overwriting, capture_output=True, text=True, check=False)
    assert done.stdout == "the end\n", done.stderr
    return done.returncode


@pytest.mark.skipif(sys.platform != "linux", reason="freed memory is not written over")
@pytest.mark.parametrize(
    "n_in_use", [0, 37_000, *(pytest.param(number, marks=pytest.mark.thorough) for number in (3_000, 22_000))]
)
def test_python_ends_although_objects_are_made_while_pyqt_deletes_its_own(n_in_use):
    if exit_code("0") == 0:
        pytest.skip("this PyQt does not crash: safe_exit may go once the oldest one that is promised does not, either")
    assert exit_code("safe", f"{n_in_use}") == 0
