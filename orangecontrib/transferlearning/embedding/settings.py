"""The settings of an embedder: their check, and the network and fingerprint that follow from them."""

from collections.abc import Sequence
from numbers import Integral

from ..backbones.backbone import Backbone
from ..backbones.loading import OWN_SIZE, ImageSize, Weights
from ..backbones.network import Network
from ..backbones.registry import find_backbone
from ..engines.engine import check_choice
from ..engines.opening import NetworkSpec
from ..errors import SettingError
from ..images.reading import INTERPOLATIONS
from ..images.steps import Step, read_steps
from .fingerprint import make_fingerprint, name_weights


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
    engine: str
    n_threads: int | None

    @property
    def record(self) -> Backbone:
        """The record of the backbone."""
        return find_backbone(self.backbone)

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
        read_steps(self.steps)

    def _network_spec(self) -> NetworkSpec:
        return NetworkSpec(
            backbone=self.record,
            layer=self.layer,
            pooling=self.pooling,
            weights=self.weights,
            image_size=tuple(self.image_size) if isinstance(self.image_size, list) else self.image_size,
            seed=self.seed,
            engine=self.engine,
            precision=self.precision,
            batch_size=self.batch_size,
        )

    @property
    def weights_name(self) -> str:
        """Name of the weights: "imagenet", an absolute path, or "random:0" (the seed)."""
        return name_weights(self.weights, self.seed)

    def _fingerprint(self, network: Network) -> str:
        return str(
            make_fingerprint(
                self.backbone,
                network.layer,
                self.pooling,
                network.image_size,
                self.interpolation,
                self.steps,
                network.weights_sha256,
                fast_decode=self.fast_decode,
                precision=self.precision,
            )
        )


def _is_count(number: object) -> bool:
    return isinstance(number, Integral) and number >= 1
