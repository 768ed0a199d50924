"""Unpack a class pack: networks and features into the caches of this computer, and other files into a folder."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..atomic_files import as_sink_error
from ..backbones.registry import find_backbone
from ..embedding.cache import FeatureCache, default_path
from ..engines.engine import UnfitError
from ..engines.opening import NetworkSpec, packed_networks
from ..engines.openvino_cache import network_of, write_facts
from ..engines.openvino_engine import check_readable
from ..errors import PackError, SinkError, UnknownBackboneError
from ..records import Callback
from ..temporary_folders import temporary_folder
from .manifest import FILES, NETWORKS, Manifest, PackedNetwork
from .pack_file import PackFile
from .packed_features import read_features, store_features


@dataclass(frozen=True)
class Unpacked:
    """The contents of a pack that was unpacked.

    Attributes
    ----------
    manifest : Manifest
    folder : Path or None
        Folder of the images, workflows and weights files; None if the pack has none.
    """

    manifest: Manifest
    folder: Path | None


def unpack(
    path: str | os.PathLike,
    folder: str | os.PathLike | None = None,
    *,
    overwrite: bool = False,
    callback: Callback | None = None,
) -> Unpacked:
    """Unpack a class pack, once all of it has been checked.

    Parameters
    ----------
    path : path
    folder : path, optional
        Folder for images, workflows and weights files; by default the name of the pack, in the current folder.
    overwrite : bool
        Whether files in the folder may be replaced.
    callback : callable, optional
        Called with the fraction done, 0-1; an error that it raises (`Cancelled`) leaves nothing behind.

    Returns
    -------
    Unpacked

    Raises
    ------
    PackError
        It is no class pack, is damaged, or has networks that this computer cannot run.
    SinkError
        A file is there already, or cannot be written.
    """
    with PackFile(path) as pack, ExitStack() as stack:
        target = Path(folder or pack.path.stem).expanduser()
        files = pack.manifest.user_files
        _check_target(target, files, overwrite)
        _check_openvino(pack.path, pack.manifest)
        kept = Path(stack.enter_context(packed_networks().new_folder()))
        staged = Path(stack.enter_context(_staging(target))) if files else kept
        pack.extract(lambda name: (staged if name.startswith(FILES) else kept) / name, _progress(pack, callback))
        networks = [(_prepare(pack, each, kept, staged), kept / each.folder) for each in pack.manifest.networks]
        _check_features(pack, kept)
        packed_networks().keep(networks)
        store_features(kept, pack.manifest.features, FeatureCache(default_path()))
        if files:
            with as_sink_error(target):
                _publish(staged / FILES, target, files)
    return Unpacked(pack.manifest, target if files else None)


def _progress(pack: PackFile, callback: Callback | None) -> Callable[[int], object]:
    n_bytes, n_done = sum(file.size for file in pack.manifest.files), 0

    def written(n_more: int) -> None:
        nonlocal n_done
        n_done += n_more
        if callback:
            callback(n_done / n_bytes)

    return written


def _check_target(target: Path, files: list[str], overwrite: bool) -> None:
    if files and os.path.lexists(target) and not target.is_dir():
        raise SinkError(f"{target} is a file, not a folder: name another folder.")
    for name in files if target.is_dir() else ():
        path = target / name
        if path.is_dir() or _leaves(path, target):
            raise SinkError(f"{path} is a folder, or leads out of {target}: name another folder.")
        if os.path.lexists(path) and not overwrite:
            raise SinkError(f"{path} is there already: name another folder, or say --overwrite (overwrite=True).")
    if files and not target.absolute().parent.is_dir():
        raise SinkError(f"There is no folder {target.parent} to make {target.name} in: make it first.")


def _leaves(path: Path, target: Path) -> bool:
    """Return whether a folder on the way to a file is a link, or a file."""
    ways = [way for way in path.parents if way != target and way.is_relative_to(target)]
    return any(way.is_symlink() or (way.exists() and not way.is_dir()) for way in ways)


def _check_openvino(path: Path, manifest: Manifest) -> None:
    if manifest.networks and not find_spec("openvino"):
        raise PackError(f"{path} has networks for OpenVINO, which is not installed: `pip install openvino`.")


def _staging(target: Path) -> TemporaryDirectory:
    parent = target if target.is_dir() else target.absolute().parent
    with as_sink_error(target):
        return temporary_folder(f".{target.name}.unpacking-", parent)


def _prepare(pack: PackFile, packed: PackedNetwork, kept: Path, staged: Path) -> str:
    """Complete and check the files of a network, and return its key."""
    folder = kept / packed.folder
    try:
        spec = _spec(packed.settings, staged)
        if not packed.folder.startswith(NETWORKS) or not folder.is_dir() or spec.packed_key is None:
            raise ValueError
        check_readable(folder)
        write_facts(network_of(packed.facts), folder)
    except UnknownBackboneError as error:
        raise PackError(
            f"{pack.path} has a network that this version does not know ({error}): update this add-on."
        ) from error
    except UnfitError as error:
        made = pack.manifest.versions.get("openvino")
        raise PackError(
            f"{pack.path} has networks written by OpenVINO {made}, which this OpenVINO ({version('openvino')}) cannot "
            f"read ({error}): `pip install --upgrade openvino`."
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PackError(
            f"{pack.path} describes a network as this version does not know it: update this add-on."
        ) from error
    return spec.packed_key


def _spec(settings: Any, staged: Path) -> NetworkSpec:
    named = dict(settings)
    backbone, weights = find_backbone(named.pop("backbone")), named.pop("weights")
    size = named.pop("image_size")
    return NetworkSpec(
        backbone=backbone,
        weights=staged / weights if weights and weights.startswith(FILES) else weights,
        image_size=tuple(size) if isinstance(size, list) else size,
        engine="openvino",
        precision="float32",
        batch_size=1,
        **named,
    )


def _check_features(pack: PackFile, kept: Path) -> None:
    for each in pack.manifest.features:
        try:
            for _ in read_features(kept / each.name, each):
                pass
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise PackError(f"{pack.path} has features that its manifest does not describe: pack it again.") from error


def _publish(staged: Path, target: Path, files: list[str]) -> None:
    """Move the files to their places: all at once if there is no such folder yet."""
    if not target.exists():
        os.replace(staged, target)
        return
    for name in files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(staged / name, target / name)
