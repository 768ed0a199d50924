"""Compute features of images: `Embedder.stream` (batch by batch), `embed` (all) and `transform` (all, strict)."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing

import numpy as np

from ..backbones.loading import ImageSize, Weights
from ..backbones.network import Network
from ..backbones.preprocessing import AUTO
from ..engines.engine import Engine
from ..errors import ImageReadError, SettingError
from ..images.steps import Step, has_own, read_steps
from ..records import Callback, Embeddings, Notes, check_shapes, concatenate
from ..sources.opening import Images, as_source
from ..waiting import hold_lock
from .cache import FeatureCache
from .fingerprint import Fingerprint
from .pipeline import NetworkPart, Pipeline
from .presets import DEFAULT_PRESET, find_preset
from .scaling import NONE
from .settings import EmbedderSettings


class Embedder(EmbedderSettings):
    """Computes a vector for each image with one layer of one network, or of several.

    The networks are loaded when the first image, `fingerprint` or `n_features` needs them, and are then kept.

    Parameters
    ----------
    backbone : str
        A preset, "quick", "balanced" or "best", which need no download: networks, layers, mirroring and scaling.
        Or a name from `BACKBONES`; SqueezeNet and EfficientNetLite0 to 2 need no download. With several names,
        "SqueezeNet+EfficientNetLite0:block7a_project_bn", the vectors of these networks are joined, in this order; a
        layer after a colon is read in place of the network's own. All other settings are those of each network.
    layer : str, optional
        Any layer of a single network; by default the one that its own classifier reads.
    pooling : {"auto", "avg", "max", "flatten", "none"}
        The way to turn a map of shape (height, width, channels) into a vector; "auto" averages, "none" leaves it a
        map. Vectors stay as they are. Only vectors can be joined.
    weights : {"imagenet", None} or path
        A path is a weights file for this network, or a whole model saved as ``.keras`` (no code in it is run), which
        gets the preprocessing of `backbone`. None gives random weights. A file is for a single network.
    image_size : tuple of int or "own", optional
        (height, width) in pixels that images are resized to; by default the network's own. With "own" they are not
        resized; this needs a layer that takes images of any size. Lower `batch_size` for large images.
    interpolation : str
        A name from `INTERPOLATIONS`, as in ``keras.utils.load_img``.
    precision : {"float32", "bfloat16", "float16"}
        Precision of the arithmetic inside the network, if the hardware has it. Features are always float32.
    batch_size : int
        Images per forward pass. It changes speed and memory, never features.
    fast_decode : bool
        Let the JPEG decoder shrink images while it reads: faster, but approximate.
    steps : sequence of str or Step
        Steps that change images before they are resized, in this order: text such as "crop:0,0.35,1,0.9" or "gray"
        (all are in `images.steps.STEPS`), or your own functions that take and return a Pillow image, with an
        attribute ``name``. With your own function nothing is cached; to pickle the embedder, it has to be in a
        module.
    seed : int
        Seed of random weights.
    preprocessing : str
        What is done with pixels before the network: "none"; "0-1", they are divided by 255; the name of a network, as
        for that network; or "auto", as for `backbone`, unless `weights` are a saved model that scales pixels itself.
    mirrored : bool, optional
        Take the mean of the features of each image and of its mirror image, which takes twice the time; by default as
        the preset, or not.
    scaling : {"none", "l2", "orange"}, optional
        Scale vectors: "l2", that of each network to length 1; "orange", then all of them together to the length that
        suits the defaults of Orange's learners, `scaling.ORANGE_LENGTH`. By default as the preset, or none.
    engine : {"auto", "tensorflow", "openvino"}
        The engine that runs the network; their features agree to 1e-4. "auto" is OpenVINO if it is installed and
        TensorFlow has no GPU.
    n_threads : int, optional
        Threads that open images; by default as many as the processor has cores.
    cache : FeatureCache, optional
        The cache in which features are looked up and stored.

    Attributes
    ----------
    n_computed : int
        Number of images that the engine has computed so far; the others were in the cache, or repeated.
    notes : Notes
        What is to know about the images so far, such as stacks of which the first frame was taken; the cache keeps it
        with the features.
    """

    def __init__(
        self,
        backbone: str = DEFAULT_PRESET,
        *,
        layer: str | None = None,
        pooling: str = "auto",
        weights: Weights = "imagenet",
        image_size: ImageSize = None,
        interpolation: str = "bilinear",
        precision: str = "float32",
        batch_size: int = 32,
        fast_decode: bool = False,
        steps: Sequence[str | Step] = (),
        seed: int = 0,
        preprocessing: str = AUTO,
        mirrored: bool | None = None,
        scaling: str | None = None,
        engine: str = "auto",
        n_threads: int | None = None,
        cache: FeatureCache | None = None,
    ):
        preset = find_preset(backbone)
        if preset:
            backbone = preset.backbone
            mirrored = preset.mirrored if mirrored is None else mirrored
            scaling = preset.scaling if scaling is None else scaling
        self.backbone = backbone
        self.layer = layer
        self.pooling = pooling
        self.weights = weights
        self.image_size = image_size
        self.interpolation = interpolation
        self.precision = precision
        self.batch_size = batch_size
        self.fast_decode = fast_decode
        self.steps = steps
        self.seed = seed
        self.preprocessing = preprocessing
        self.mirrored = bool(mirrored)
        self.scaling = scaling or NONE
        self.engine = engine
        self.n_threads = n_threads
        self.cache = cache
        self.n_computed = 0
        self.notes = Notes()
        self._loaded: list[tuple[Network, Engine]] | None = None
        self._loading = threading.Lock()

    def load(self, callback: Callback | None = None) -> "Embedder":
        """Load the networks now rather than with the first image.

        Parameters
        ----------
        callback : callable, optional
            Called with the fraction of the weights download that is done, 0-1, and several times a second while a
            worker process prepares the network; may raise `Cancelled`.

        Returns
        -------
        Embedder
            Itself.

        Raises
        ------
        UnknownBackboneError, SettingError, WeightsError
        """
        with hold_lock(self._loading, callback):
            if self._loaded is None:
                self._check_settings()
                loaded = [spec.open(callback) for spec in self._network_specs()]
                self._check_joined([network for network, _ in loaded])
                self._loaded = loaded
        return self

    @property
    def networks(self) -> list[Network]:
        """Facts about the networks, cut and pooled; they are loaded if necessary."""
        return [network for network, _ in self.load()._loaded]

    @property
    def network(self) -> Network:
        """Facts about the only network.

        Raises
        ------
        SettingError
            There are several.
        """
        if len(self.networks) > 1:
            raise SettingError(f"Expected one network, not several ({self.title}).")
        return self.networks[0]

    @property
    def engine_title(self) -> str:
        """Name of the engine that users see: "OpenVINO", "TensorFlow", ..."""
        return ", ".join(dict.fromkeys(engine.title for _, engine in self.load()._loaded))

    @property
    def n_each(self) -> list[int]:
        """Number of features of each network, or of channels of its map."""
        return [network.n_features for network in self.networks]

    @property
    def n_features(self) -> int:
        """Length of an image's vector, or number of channels of its map."""
        return sum(self.n_each)

    @property
    def feature_shape(self) -> tuple[int | None, ...]:
        """(n_features,), or (height, width, channels) of maps; None for a number that depends on the image."""
        first, *others = self.networks
        return (self.n_features,) if others else first.feature_shape

    @property
    def fingerprint(self) -> str:
        """Everything that features depend on, in one line: equal fingerprints mean equal features."""
        return str(Fingerprint(tuple(map(self._fingerprint, self.choices, self.networks)), self.scaling))

    def stream(self, images: Images, callback: Callback | None = None) -> Iterator[Embeddings]:
        """Embed images batch by batch; those that cannot be read are skipped, with the reason.

        Parameters
        ----------
        images : Source, sequence of locations, array, or path
            A path is opened as `open_source` does: a folder, a CSV file, an array file or one image.
        callback : callable, optional
            Called with the fraction that is done, 0-1; an error that it raises (`Cancelled`) ends the stream.

        Yields
        ------
        Embeddings
            Every key of the source comes out once, embedded or skipped, in order. At most `batch_size` images are
            computed for each, all of one size; more come at once if the cache has their features.
        """
        source = as_source(images)
        n_done = 0
        with ExitStack() as stack:
            if self.cache:
                # Closing writes the noted uses; the next use opens the cache again.
                stack.callback(self.cache.close)
            parts = stack.enter_context(closing(self._pipeline().run(source)))
            for embeddings in parts:
                n_done += len(embeddings) + len(embeddings.skipped)
                yield embeddings
                if callback:
                    callback(n_done / len(source))

    def _pipeline(self) -> Pipeline:
        steps, parts = read_steps(self.steps), self._parts()
        return Pipeline(
            parts=parts,
            scaling=self.scaling,
            fingerprint=self.fingerprint,
            weights=self.weights_name,
            interpolation=self.interpolation,
            fast_decode=self.fast_decode,
            steps=steps,
            batch_size=self.batch_size,
            n_threads=self.n_threads,
            cache=None if None in parts[0].feature_shape or has_own(steps) else self.cache,
            notes=self.notes,
            count=self._count,
        )

    def _parts(self) -> list[NetworkPart]:
        return [
            NetworkPart(
                engine=engine,
                feature_shape=network.feature_shape,
                fingerprint=str(self._fingerprint(choice, network)),
                image_size=network.image_size,
                min_size=choice.record.min_size,
                mirrored=self.mirrored,
            )
            for choice, (network, engine) in zip(self.choices, self.load()._loaded, strict=True)
        ]

    def _count(self, n_images: int) -> None:
        self.n_computed += n_images

    def embed(self, images: Images, callback: Callback | None = None) -> Embeddings:
        """Embed all images at once; those that cannot be read are listed in `Embeddings.skipped`.

        Parameters
        ----------
        images, callback
            See `stream`.

        Returns
        -------
        Embeddings
            As `transform` returns it.
        """
        return concatenate(list(self.stream(images, callback)), self.n_features)

    def transform(self, images: Images, callback: Callback | None = None) -> Embeddings:
        """Embed all images at once; one that cannot be read is an error.

        Parameters
        ----------
        images, callback
            See `stream`.

        Returns
        -------
        Embeddings
            Embeddings of all images; ``features`` is float32 of shape (n_images, n_features), or (n_images, height,
            width, channels) with the pooling "none".

        Raises
        ------
        ImageReadError
            An image cannot be read; the message names it and says why.
        SettingError
            Images of different sizes give maps of different shapes.
        """
        parts = []
        for part in self.stream(images, callback):
            if part.skipped:
                raise ImageReadError(f"{part.skipped[0].key}: {part.skipped[0].reason}")
            parts.append(part)
            check_shapes(parts[0], part)
        return concatenate(parts, self.n_features) if parts else self._empty()

    def _empty(self) -> Embeddings:
        shape = [side or 0 for side in self.feature_shape]
        features = np.empty((0, *shape), np.float32)
        return Embeddings([], features, [], fingerprint=self.fingerprint, weights=self.weights_name)

    def __getstate__(self) -> dict:
        # A copy loads the network again; the cache may be on another computer.
        return self.__dict__ | {"_loaded": None, "_loading": None, "cache": None}

    def __setstate__(self, state: dict) -> None:
        self.__dict__ |= state | {"_loading": threading.Lock()}
