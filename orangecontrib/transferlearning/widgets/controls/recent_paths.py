"""Folders and files that were opened before, on this computer, whichever workflow that was in."""

import os

from AnyQt.QtCore import QSettings
from orangewidget.utils.filedialogs import RecentPath, unambiguous_paths

N_KEPT = 15

_KEY = "transfer-learning/recent-images"


def recent_paths() -> list[str]:
    """List them, the last one first; those that are gone are left out.

    They are kept with Orange's settings rather than in workflows, which would show strangers where files are.
    """
    return [path for path in _settings().value(_KEY, [], type=list) if os.path.exists(path)]


def remember(path: str) -> None:
    """Put a path at their beginning."""
    others = [each for each in recent_paths() if each != path]
    _settings().setValue(_KEY, [path, *others][:N_KEPT])


def short_names(paths: list[str]) -> list[str]:
    """Name paths by their last parts, as many as tell them apart."""
    return unambiguous_paths(paths)


def relocated(saved: list, folder: str | None) -> list:
    """Find what a workflow names beside it, wherever that has moved.

    Parameters
    ----------
    saved : list
        The fields of a `RecentPath`.
    folder : str or None
        Of the workflow; None for one that has not been saved.

    Returns
    -------
    list
        The fields, with the path as it is now, and relative to the folder where it is in it.
    """
    folders = [("basedir", folder)] if folder else []
    recent = RecentPath.from_list(saved)
    return RecentPath.create((recent.resolve(folders) or recent).abspath, folders).to_list()


def _settings() -> QSettings:
    return QSettings()
