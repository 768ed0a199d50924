"""Keep PyQt from a segmentation fault when Orange quits."""

import atexit

from AnyQt.QtCore import QPoint

N_OBJECTS = 70_000
"""Number of objects with which PyQt's table has room for 7,000 more, in sessions with up to 37,000 objects.

A workflow of ten widgets has some 3,000. The table has 131,101 places then, of which an eighth stays free.
"""


def make_room() -> None:
    """Wrap many objects, so that the table of PyQt's objects has room for all that are wrapped later.

    When Python ends, PyQt deletes its objects while it walks through that table. Code that then runs may wrap new
    objects; if the table has to grow for them, PyQt goes on in the memory of the old one, and crashes. Found in
    PyQt6-sip 13.13, in ``sip_api_visit_wrappers``.
    """
    list(map(QPoint, range(N_OBJECTS), range(N_OBJECTS)))


atexit.register(make_room)
