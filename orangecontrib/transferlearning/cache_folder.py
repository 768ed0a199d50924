"""Find the folder where Orange keeps caches, without importing Orange."""

import configparser
import os
import sys
import sysconfig
from importlib import metadata
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of Orange's caches, which ``Orange.misc.environ.cache_dir`` names.

    Orange's version is left out of the path, unless Orange's own configuration names it: features outlive an upgrade.
    """
    if sys.platform == "darwin":
        folder = Path("~/Library/Caches/Orange")
    elif sys.platform == "win32":
        folder = Path(os.getenv("APPDATA") or "~/AppData/Local", "Orange", "Cache")
    else:
        folder = Path(os.getenv("XDG_CACHE_HOME") or "~/.cache", "Orange")
    return (_configured_folder() or folder).expanduser()


def _configured_folder() -> Path | None:
    """Return the folder that Orange's ``orangerc.conf`` sets, which few installations have."""
    data = sysconfig.get_path("data")
    file = Path(data, "etc", "orangerc.conf")
    try:
        version = metadata.version("Orange3") if file.is_file() else ""
        major, minor, micro = (version.split(".") + [""] * 3)[:3]
        known = {"home": os.path.expanduser("~/"), "prefix": sys.prefix, "data": data, "name": "Orange"}
        known |= {"version": version, "version.major": major, "version.minor": minor, "version.micro": micro}
        configuration = configparser.ConfigParser(known)
        configuration.read(file, encoding="utf-8")
        folder = configuration.get("paths", "cache_dir", fallback=None)
    except (configparser.Error, metadata.PackageNotFoundError):
        return None
    return Path(folder) if folder else None
