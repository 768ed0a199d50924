"""Make a class pack: networks in OpenVINO's format, and if wanted images, their features and workflows."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from ..atomic_files import as_sink_error, check_output, file_path, whole_file
from ..backbones.loading import find_weights_file
from ..embedding.cache import default_path
from ..embedding.embedder import Embedder
from ..engines.opening import NetworkSpec
from ..engines.openvino_cache import facts_of
from ..engines.openvino_engine import NETWORK_FILE, WEIGHTS_FILE
from ..errors import PackError
from ..records import Callback, Skipped
from ..sources.folder_source import FolderSource
from .manifest import FEATURES, FILES, NETWORKS, Manifest, PackedEmbedder, PackedFeatures, PackedNetwork
from .pack_writer import PackWriter
from .packed_features import CollectingCache, pack_features
from .portable_names import check_names
from .user_files import Placed, place_beside, place_images, place_workflows

_PACKAGES = ("Orange3-TransferLearning", "keras", "openvino")

_NETWORK_SETTINGS = ("layer", "pooling", "image_size", "seed", "preprocessing")

_LOADED, _EMBEDDED = 0.2, 0.9
"""Fractions of the work that are done when the networks are loaded, and the images embedded."""


@dataclass(frozen=True)
class Packing:
    """The contents of a pack that is to be written.

    Attributes
    ----------
    networks : sequence of mapping
        Arguments of an `Embedder` for each choice of networks.
    images : path or None
        A folder of images, with its subfolders as labels; the files are put in as they are.
    with_features : bool
        Whether to put in the features of the images by all networks.
    workflows : sequence of path
    skipped : list of Skipped
        Images that could not be read when the pack was written; their files are in it, but no features.
    """

    networks: Sequence[Mapping[str, Any]]
    images: Path | None = None
    with_features: bool = False
    workflows: Sequence[Path] = ()
    skipped: list[Skipped] = field(default_factory=list, init=False)

    def write(self, path: str | os.PathLike, *, overwrite: bool = False, callback: Callback | None = None) -> Manifest:
        """Convert the networks, embed the images if wanted, and write the pack.

        Parameters
        ----------
        path : path
            Name of the file.
        overwrite : bool
            Whether it may exist already.
        callback : callable, optional
            Called with the fraction done, 0-1; may raise `Cancelled`.

        Returns
        -------
        Manifest

        Raises
        ------
        PackError
            A choice of networks is there twice; a file cannot be read, leads out of the folder, or has a name that not
            every system can have; or OpenVINO is not installed.
        SourceError, SettingError, WeightsError, SinkError
        """
        path, report = file_path(path), callback or (lambda fraction: None)
        check_output(path, overwrite, [placed for _, placed in self._user_files])
        check_names(place for place, _ in self._user_files)
        if not find_spec("openvino"):
            raise PackError(
                "A pack has networks in OpenVINO's format, and OpenVINO is not installed: `pip install openvino`."
            )
        cache = CollectingCache(default_path())
        embedders = [Embedder(**each, engine="openvino", cache=cache) for each in self.networks]
        for index, embedder in enumerate(embedders):
            embedder.load(lambda fraction, done=index: report(_LOADED * (done + min(fraction, 1)) / len(embedders)))
        _check_different(embedders)
        if self.with_features:
            self._embed(embedders, report)
        with as_sink_error(path), whole_file(path) as part, ZipFile(part, "w") as archive:
            return self._write_files(archive, embedders, cache, report)

    @cached_property
    def _source(self) -> FolderSource | None:
        return None if self.images is None else FolderSource(self.images)

    @cached_property
    def _user_files(self) -> list[Placed]:
        files = place_workflows(self.workflows)
        weights = {find_weights_file(each.get("weights", "imagenet")) for each in self.networks} - {None}
        files += [(place_beside(each, self.workflows), each) for each in sorted(weights)]
        if self._source:
            folder = Path(self.images).expanduser()
            files += place_images(self._source, folder, place_beside(folder, self.workflows))
        return files

    def _embed(self, embedders: Sequence[Embedder], report: Callback) -> None:
        if not self._source:
            raise PackError("Features are those of images: name a folder of images, too.")
        for index, embedder in enumerate(embedders):

            def embedded(fraction: float, done: int = index) -> None:
                report(_LOADED + (_EMBEDDED - _LOADED) * (done + fraction) / len(embedders))

            for part in embedder.stream(self._source, embedded):
                # The first networks have met the same images.
                self.skipped.extend(each for each in part.skipped if each not in self.skipped)

    def _write_files(
        self, archive: ZipFile, embedders: Sequence[Embedder], cache: CollectingCache, report: Callback
    ) -> Manifest:
        n_bytes, n_done = sum(path.stat().st_size for _, path in self._user_files), 0
        start = _EMBEDDED if self.with_features else _LOADED

        def written(n_more: int) -> None:
            nonlocal n_done
            n_done += n_more
            report(start + (1 - start) * min(1, n_done / (n_bytes + 1)))

        writer = PackWriter(archive, written)
        networks = list(self._add_networks(writer, embedders))
        features = list(_add_features(writer, cache)) if self.with_features else []
        for place, path in self._user_files:
            writer.add_file(FILES + place, path)
        manifest = Manifest(
            {name: version(name) for name in _PACKAGES},
            tuple(map(_describe, self.networks, embedders)),
            tuple(networks),
            tuple(features),
            len(self._source or ()),
        )
        return writer.finish(manifest)

    def _add_networks(self, writer: PackWriter, embedders: Sequence[Embedder]) -> Iterator[PackedNetwork]:
        specs = {spec.packed_key: spec for embedder in embedders for spec in embedder._network_specs()}
        for index, spec in enumerate(specs.values()):
            folder = f"{NETWORKS}{index}/"
            with spec.in_openvino() as (network, path):
                for name in (NETWORK_FILE, WEIGHTS_FILE):
                    writer.add_file(folder + name, path / name)
                yield PackedNetwork(folder, self._settings(spec), facts_of(network))

    def _settings(self, spec: NetworkSpec) -> dict[str, Any]:
        file = find_weights_file(spec.weights)
        weights = next((FILES + place for place, path in self._user_files if path == file), spec.weights)
        named = {name: getattr(spec, name) for name in _NETWORK_SETTINGS}
        return {"backbone": spec.backbone.name, "weights": weights, **named}


def _check_different(embedders: Sequence[Embedder]) -> None:
    title, n_times = Counter((each.title, each.fingerprint) for each in embedders).most_common(1)[0]
    if n_times > 1:
        raise PackError(f"{title[0]} is there {n_times} times with the same settings: name each choice once.")


def _describe(settings: Mapping[str, Any], embedder: Embedder) -> PackedEmbedder:
    named = {name: value.name if isinstance(value, Path) else value for name, value in settings.items()}
    return PackedEmbedder(named, embedder.title, embedder.fingerprint, embedder.n_features)


def _add_features(writer: PackWriter, cache: CollectingCache) -> Iterator[PackedFeatures]:
    for index, (fingerprint, images) in enumerate(cache.collected.items()):
        if images:
            packed, content = pack_features(f"{FEATURES}{index}", fingerprint, images)
            writer.add_bytes(packed.name, content)
            yield packed
