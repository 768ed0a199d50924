"""Folders and files that were opened recently on this computer, in any workflow."""

import os

from AnyQt.QtCore import QSettings
from Orange.widgets.utils.filedialogs import RecentPath

N_KEPT = 15

_KEY = "transfer-learning/recent-images"


def recent_paths() -> list[str]:
    """Return the recent paths that still exist, the latest first.

    They are kept in Orange's settings: in a workflow, they would show others where files are on this computer.
    """
    return [path for path in _settings().value(_KEY, [], type=list) if os.path.exists(path)]


def remember(path: str) -> None:
    """Add a path to the beginning of the recent paths."""
    others = [each for each in recent_paths() if each != path]
    _settings().setValue(_KEY, [path, *others][:N_KEPT])


def relocated(saved: list, folder: str | None) -> list:
    """Find a path again after the workflow and the files beside it have moved.

    Parameters
    ----------
    saved : list
        The fields of a `RecentPath`.
    folder : str or None
        Folder of the workflow; None if it has not been saved.

    Returns
    -------
    list
        The fields with the new path, which is also relative to the folder if it is this folder or inside. A path that
        is nowhere stays as it is, as it may be found later.
    """
    folders = [("basedir", folder)] if folder else []
    recent = RecentPath.from_list(saved)
    path = (recent.resolve(folders) or recent).abspath
    if not os.path.exists(path):
        return saved
    if folder and os.path.realpath(path) == os.path.realpath(folder):
        return RecentPath(path, "basedir", ".").to_list()  # Orange takes only what is inside as relative.
    return RecentPath.create(path, folders).to_list()


def _settings() -> QSettings:
    return QSettings()
