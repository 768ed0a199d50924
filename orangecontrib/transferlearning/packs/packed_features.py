"""Features in a pack: collected while images are embedded, as bytes, and stored in another computer's cache."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from ..embedding.cache import NO_NOTES, CachedImage, FeatureCache
from ..errors import PackError, SinkError
from ..images.notes import ImageNote, pack_notes, unpack_notes
from .manifest import PackedFeatures

_ROWS_AT_ONCE = 1024


class CollectingCache(FeatureCache):
    """The cache of features of this computer, which notes all that is found and stored.

    Attributes
    ----------
    collected : dict of str to dict of bytes to CachedImage
        Features and notes of images by their content hash, by fingerprint.
    """

    def __init__(self, path: Path):
        super().__init__(path)
        self.collected: dict[str, dict[bytes, CachedImage]] = {}

    def find(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, CachedImage]:
        """Return those images that are in the cache; see `FeatureCache.find`."""
        found = super().find(fingerprint, hashes)
        self.collected.setdefault(fingerprint, {}).update(found)
        return found

    def store(
        self,
        fingerprint: str,
        features: Mapping[bytes, np.ndarray],
        notes: Mapping[bytes, tuple[ImageNote, ...]] = NO_NOTES,
    ) -> None:
        """Store the features of some images; see `FeatureCache.store`."""
        super().store(fingerprint, features, notes)
        images = {content: CachedImage(vector, notes.get(content, ())) for content, vector in features.items()}
        self.collected.setdefault(fingerprint, {}).update(images)


def _row_type(n_features: int) -> np.dtype:
    return np.dtype([("hash", "V16"), ("features", "<f4", (n_features,))])


def pack_features(name: str, fingerprint: str, images: Mapping[bytes, CachedImage]) -> tuple[PackedFeatures, bytes]:
    """Return the entry in the manifest, and the content of the file.

    Parameters
    ----------
    name : str
        Name of the file in the pack.
    fingerprint : str
    images : mapping of bytes to CachedImage
        Features and notes of one or more images by content hash.
    """
    n_features = len(next(iter(images.values())).features)
    rows = np.empty(len(images), _row_type(n_features))
    notes = {}
    for row, content in zip(rows, sorted(images), strict=True):
        row["hash"], row["features"] = np.void(content), images[content].features
        if images[content].notes:
            notes[content.hex()] = pack_notes(images[content].notes).decode()
    return PackedFeatures(name, fingerprint, len(images), n_features, notes), rows.tobytes()


def read_features(path: Path, packed: PackedFeatures) -> Iterator[tuple[dict[bytes, np.ndarray], dict[bytes, tuple]]]:
    """Yield features and notes of some images after the other, by content hash.

    Raises
    ------
    PackError
        The file does not have the size that the manifest says.
    """
    row_type = _row_type(packed.n_features)
    if path.stat().st_size != packed.n_images * row_type.itemsize:
        raise PackError(f"The features {packed.name} of the pack have another size than its manifest says.")
    notes = {bytes.fromhex(content): unpack_notes(text.encode()) for content, text in packed.notes.items()}
    for start in range(0, packed.n_images, _ROWS_AT_ONCE):
        n_rows = min(_ROWS_AT_ONCE, packed.n_images - start)
        rows = np.fromfile(path, row_type, n_rows, offset=start * row_type.itemsize)
        features = {row["hash"].tobytes(): row["features"] for row in rows}
        yield features, {content: notes[content] for content in features if content in notes}


def store_features(folder: Path, several: Iterable[PackedFeatures], cache: FeatureCache) -> None:
    """Store features of a pack, which is unpacked in a folder, in the cache of this computer.

    Raises
    ------
    PackError
        As for `read_features`.
    SinkError
        The cache cannot be written.
    """
    for packed in several:
        for features, notes in read_features(folder / packed.name, packed):
            cache.store(packed.fingerprint, features, notes)
    cache.close()
    if cache.problem:
        raise SinkError(f"The features cannot be stored: {cache.problem}")
