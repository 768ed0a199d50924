"""Open a network with the engine that runs it: OpenVINO in this process, or Keras in a worker process or this one."""

import functools
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path

from ..backbones.backbone import Backbone
from ..backbones.libraries import check_backend, hidden_package, import_openvino, is_keras_loaded
from ..backbones.loading import ImageSize, Weights, find_weights_file, is_saved_model
from ..backbones.network import Network, build_network
from ..backbones.preprocessing import AUTO
from ..cache_folder import cache_folder
from ..errors import SettingError, TransferLearningError, WeightsError
from ..records import Callback
from ..waiting import hold_lock
from .engine import Engine, UnfitError, open_engine
from .openvino_cache import ConvertedNetworks, KeptNetworks, network_key, read_facts, write_network
from .openvino_engine import OpenVinoEngine
from .packed_networks import PackedNetworks
from .process_engine import ProcessEngine
from .worker_process import WorkerError, run_in_worker

# Only one conversion runs at a time: it takes up to a few GB of memory, and all cores.
_converting = threading.Lock()

_GPU_DEVICES = ("/dev/nvidia0", "/dev/dxg", "/dev/kfd")
"""Device files of NVIDIA's driver on Linux, of GPUs under WSL, and of AMD's driver."""

_GPU_PLUGINS = "tensorflow-plugins"
"""Package that TensorFlow's plugins for other GPUs (Metal, DirectML) are installed into."""


@dataclass(frozen=True)
class NetworkSpec:
    """The settings that decide which network is opened and which engine runs it.

    Attributes
    ----------
    backbone : Backbone
    layer, pooling, weights, image_size, seed, preprocessing
        See `backbones.network.build_network`.
    engine : {"auto", "tensorflow", "openvino"}
    precision, batch_size
        See `engine.open_engine`.
    """

    backbone: Backbone
    layer: str | None
    pooling: str
    weights: Weights
    image_size: ImageSize
    seed: int
    engine: str
    precision: str
    batch_size: int
    preprocessing: str = AUTO

    def open(self, callback: Callback | None = None) -> tuple[Network, Engine]:
        """Open the network with its engine.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of the weights download that is done, 0-1, and several times a second while a
            worker process is working; may raise `Cancelled`.

        Returns
        -------
        network : Network
            Without its Keras model.
        engine : Engine

        Raises
        ------
        SettingError, WeightsError
        TransferLearningError
            There is not enough memory to convert the network.
        """
        find_weights_file(self.weights)
        if packed := self._open_packed():
            return packed
        if not self._takes_openvino():
            return self._open_keras(callback)
        try:
            return self._open_cached() or self._open_converted(callback)
        except UnfitError as error:
            if not find_spec("tensorflow"):
                raise UnfitError(f"{error} TensorFlow may run it: `pip install tensorflow`.") from error
            if self.engine == "openvino":
                raise UnfitError(f"{error} Choose the engine 'tensorflow' or 'auto'.") from error
            warnings.warn(f"{error} TensorFlow runs it.", stacklevel=2)
        except WeightsError:
            # A saved model may have layers that are registered in this process only.
            if not (is_keras_loaded() and is_saved_model(self.weights)):
                raise
        return self._open_keras(callback)

    def _takes_openvino(self) -> bool:
        if self.engine != "auto":
            return self.engine == "openvino"
        if check_backend() not in ("tensorflow", "openvino"):
            return False
        if find_spec("openvino"):
            return not _has_tensorflow_gpu()
        if not find_spec("tensorflow"):
            raise SettingError(
                "Neither OpenVINO nor TensorFlow is installed, and one of them has to run the network: "
                "`pip install openvino`."
            )
        return False

    @cached_property
    def _key(self) -> str | None:
        """Name of the converted network in the cache; None if its weights cannot be read."""
        return self._make_key(self.layer, self.pooling, self.image_size)

    @cached_property
    def packed_key(self) -> str | None:
        """Name of the network among those of class packs; None if its weights cannot be read."""
        # What was left out and what was given, as by a saved model of Orange, are often the same.
        layer = None if self.layer == self.backbone.layer else self.layer
        pooling = "auto" if self.pooling == "avg" else self.pooling
        has_own_size = self.image_size == self.backbone.image_size and not is_saved_model(self.weights)
        return self._make_key(layer, pooling, None if has_own_size else self.image_size, versions=False)

    def _make_key(self, layer: str | None, pooling: str, image_size: ImageSize, *, versions: bool = True) -> str | None:
        settings = {"layer": layer, "pooling": pooling, "image_size": image_size}
        # Only a saved model is looked at: for other weights, "auto" is that of the backbone.
        is_usual = not is_saved_model(self.weights) and self.preprocessing == self.backbone.name
        settings["preprocessing"] = AUTO if is_usual else self.preprocessing
        try:
            return network_key(self.backbone.name, self.weights, self.seed, versions=versions, **settings)
        except OSError:
            # The error is raised again when the weights are loaded.
            return None

    def _open_packed(self) -> tuple[Network, Engine] | None:
        if self.engine == "tensorflow" or not find_spec("openvino"):
            return None
        return self._open_kept(packed_networks(), self.packed_key)

    def _open_cached(self) -> tuple[Network, Engine] | None:
        return self._open_kept(converted_networks(), self._key)

    def _open_kept(self, networks: KeptNetworks, key: str | None) -> tuple[Network, Engine] | None:
        network = key and networks.find(key)
        if not network:
            return None
        try:
            return network, OpenVinoEngine(networks.path(key), self.batch_size, self.precision)
        except UnfitError:
            # The kept network is damaged: convert it again.
            return None

    @contextmanager
    def in_openvino(self, callback: Callback | None = None) -> Iterator[tuple[Network, Path]]:
        """Yield the network, and the folder that has it in OpenVINO's format; it is converted if necessary.

        Parameters
        ----------
        callback : callable, optional
            As for `open`.

        Raises
        ------
        UnfitError, SettingError, WeightsError, TransferLearningError
            As for `open`.
        """
        find_weights_file(self.weights)
        for networks, key in ((packed_networks(), self.packed_key), (converted_networks(), self._key)):
            if key and (network := networks.find(key)):
                yield network, networks.path(key)
                return
        with self._converted(callback) as folder:
            yield read_facts(folder), folder

    def _open_converted(self, callback: Callback | None) -> tuple[Network, Engine]:
        with hold_lock(_converting, callback):
            # Another thread may have converted this network meanwhile.
            if cached := self._open_cached():
                return cached
            with self._converted(callback) as folder:
                return read_facts(folder), OpenVinoEngine(folder, self.batch_size, self.precision)

    @contextmanager
    def _converted(self, callback: Callback | None) -> Iterator[Path]:
        def write(folder: Path) -> None:
            # Keras has only one backend per process, which may be another one here.
            run_in_worker(
                NetworkSpec.convert, self, folder, callback=callback, environment={"KERAS_BACKEND": "openvino"}
            )

        try:
            with converted_networks().converted(self._key, write) as folder:
                yield folder
        except MemoryError as error:
            raise TransferLearningError(
                f"There is not enough memory to prepare {self.backbone.title}: close other programs, or choose a "
                "smaller network."
            ) from error
        except WorkerError as error:
            raise UnfitError(f"{self.backbone.title} could not be converted for OpenVINO: {error}.") from error

    def convert(self, folder: Path, callback: Callback | None) -> None:
        """Build the network and write it in OpenVINO's format, in a process whose Keras runs on OpenVINO.

        Parameters
        ----------
        folder : Path
            An empty folder.
        callback : callable or None
            Called with the fraction of the weights download that is done, 0-1.

        Raises
        ------
        UnfitError, SettingError, WeightsError
        """
        # Keras would import OpenVINO with its telemetry, and all of TensorFlow to ask whether an object is of it.
        import_openvino()
        with hidden_package("tensorflow"):
            write_network(self._build(callback), folder)

    def _open_keras(self, callback: Callback | None) -> tuple[Network, Engine]:
        if not is_keras_loaded():
            # In this process, loading Keras would block the window, and could not be cancelled.
            environment = {"KERAS_BACKEND": "tensorflow"} if check_backend() == "openvino" else {}
            with suppress(WorkerError):
                engine = ProcessEngine(partial(NetworkSpec.compile, self), environment, callback)
                return engine.network, engine
        return self.compile(callback)

    def compile(self, callback: Callback | None) -> tuple[Network, Engine]:
        """Build the network and compile it with Keras in this process; see `open`."""
        network = self._build(callback)
        return replace(network, model=None), open_engine(network, self.batch_size, self.precision)

    def _build(self, callback: Callback | None) -> Network:
        return build_network(
            self.backbone,
            layer=self.layer,
            pooling=self.pooling,
            weights=self.weights,
            image_size=self.image_size,
            seed=self.seed,
            preprocessing=self.preprocessing,
            callback=callback,
        )


@functools.cache
def _has_tensorflow_gpu() -> bool:
    """Return whether TensorFlow has a GPU; a worker process loads it to find out, if there may be one."""
    if not find_spec("tensorflow") or not (any(map(os.path.exists, _GPU_DEVICES)) or find_spec(_GPU_PLUGINS)):
        return False
    try:
        return run_in_worker(_find_gpu)
    except WorkerError:
        return False


def _find_gpu(callback: Callback) -> bool:
    from .tensorflow_engine import has_gpu

    return has_gpu()


def converted_networks() -> ConvertedNetworks:
    """Return the cache of networks in OpenVINO's format on this computer."""
    return ConvertedNetworks(cache_folder())


def packed_networks() -> PackedNetworks:
    """Return the networks of class packs on this computer."""
    return PackedNetworks(cache_folder())
