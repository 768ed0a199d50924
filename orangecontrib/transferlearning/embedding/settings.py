"""The settings of an embedder: their check, and the network and fingerprint that follow from them."""

from collections.abc import Sequence
from numbers import Integral

from ..backbones.backbone import Backbone
from ..backbones.loading import OWN_SIZE, ImageSize, Weights, find_weights_file
from ..backbones.network import Network
from ..backbones.preprocessing import check_preprocessing
from ..engines.engine import check_choice
from ..engines.opening import NetworkSpec
from ..errors import SettingError
from ..images.reading import INTERPOLATIONS
from ..images.steps import Step, read_steps
from .choices import NetworkChoice, check_alone, read_choices
from .fingerprint import NetworkFingerprint, make_fingerprint, name_weights
from .scaling import NONE, SCALINGS


class EmbedderSettings:
    """The settings of an `Embedder`, which documents and stores them."""

    backbone: str
    layer: str | None
    pooling: str
    weights: Weights
    image_size: ImageSize
    interpolation: str
    precision: str
    batch_size: int
    fast_decode: bool
    steps: Sequence[str | Step]
    seed: int
    preprocessing: str
    mirrored: bool
    scaling: str
    engine: str
    n_threads: int | None

    @property
    def choices(self) -> tuple[NetworkChoice, ...]:
        """The networks, each with its layer."""
        choices = read_choices(self.backbone)
        if not self.layer:
            return choices
        check_alone(self.backbone, self.layer)
        return (NetworkChoice(choices[0].backbone, self.layer),)

    @property
    def record(self) -> Backbone:
        """The record of the only backbone.

        Raises
        ------
        SettingError
            There are several.
        """
        if len(self.choices) > 1:
            raise SettingError(f"Expected one network, not several ({self.title}).")
        return self.choices[0].record

    @property
    def title(self) -> str:
        """Names of the backbones that users see: "SqueezeNet 1.1 + EfficientNet-Lite0"."""
        return " + ".join(choice.record.title for choice in self.choices)

    def _check_settings(self) -> None:
        check_choice(self.engine, self.precision)
        size = self.image_size
        is_pair = isinstance(size, tuple | list) and len(size) == 2 and all(map(_is_count, size))
        if size not in (None, OWN_SIZE) and not is_pair:
            raise SettingError(f"The image size must be (height, width) in pixels or {OWN_SIZE!r}, not {size!r}.")
        if not _is_count(self.batch_size):
            raise SettingError(f"The batch size must be a whole number, at least 1, not {self.batch_size!r}.")
        if self.n_threads is not None and not _is_count(self.n_threads):
            raise SettingError(f"The number of threads must be a whole number, at least 1, not {self.n_threads!r}.")
        if not isinstance(self.seed, Integral) or self.seed < 0:
            raise SettingError(f"The seed must be a whole number, 0 or more, not {self.seed!r}.")
        if self.interpolation not in INTERPOLATIONS:
            raise SettingError(f"Interpolation must be one of {', '.join(INTERPOLATIONS)}, not {self.interpolation!r}.")
        if self.scaling not in SCALINGS:
            raise SettingError(f"The scaling must be one of {', '.join(SCALINGS)}, not {self.scaling!r}.")
        if self.mirrored and self.pooling == "flatten":
            raise SettingError("Flat maps of mirror images have other positions: pool by avg, max or none.")
        if len(self.choices) > 1 and find_weights_file(self.weights):
            raise SettingError(
                f"A file has the weights of one network, not of several ({self.title}): name its backbone."
            )
        check_preprocessing(self.preprocessing)
        read_steps(self.steps)

    def _check_joined(self, networks: Sequence[Network]) -> None:
        is_vector = all(len(network.feature_shape) == 1 for network in networks)
        if not is_vector and len(networks) > 1:
            raise SettingError(
                "Only vectors of several networks can be joined: choose a pooling other than none, or one backbone."
            )
        if not is_vector and self.scaling != NONE:
            raise SettingError("Only vectors can be scaled: choose a pooling other than none, or the scaling none.")

    def _network_specs(self) -> list[NetworkSpec]:
        return [
            NetworkSpec(
                backbone=choice.record,
                layer=choice.layer,
                pooling=self.pooling,
                weights=self.weights,
                image_size=tuple(self.image_size) if isinstance(self.image_size, list) else self.image_size,
                seed=self.seed,
                preprocessing=self.preprocessing,
                engine=self.engine,
                precision=self.precision,
                batch_size=self.batch_size,
            )
            for choice in self.choices
        ]

    @property
    def weights_name(self) -> str:
        """Name of the weights: "imagenet", an absolute path, or "random:0" (the seed)."""
        return name_weights(self.weights, self.seed)

    def _fingerprint(self, choice: NetworkChoice, network: Network) -> NetworkFingerprint:
        return make_fingerprint(
            choice.backbone,
            network.layer,
            self.pooling,
            network.image_size,
            self.interpolation,
            self.steps,
            network.weights_sha256,
            network.preprocessing,
            fast_decode=self.fast_decode,
            precision=self.precision,
            mirrored=self.mirrored,
            keras=network.keras,
        )


def _is_count(number: object) -> bool:
    return isinstance(number, Integral) and number >= 1
