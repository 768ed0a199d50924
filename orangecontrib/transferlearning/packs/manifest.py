"""The manifest of a class pack: what is in it, how it was made, and the hash of every file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

FORMAT, FORMAT_VERSION = "Orange3-TransferLearning class pack", 1

NETWORKS, FEATURES, FILES = "networks/", "features/", "files/"
"""Folders in a pack; what is in the last one goes to the user's folder."""


@dataclass(frozen=True)
class PackedFile:
    """A file of a pack; ``size`` is in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PackedNetwork:
    """A network in OpenVINO's format, and the settings that it is found by.

    Attributes
    ----------
    folder : str
        Its folder in the pack, with the slash.
    settings : mapping
        Those of a `NetworkSpec` that decide which network it is; ``weights`` is "imagenet", None, or the name of a file
        of the pack.
    facts : mapping
        Those of `openvino_cache.facts_of`.
    """

    folder: str
    settings: Mapping[str, Any]
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class PackedEmbedder:
    """Settings of an `Embedder` that differ from the defaults, and the features that it gives.

    Attributes
    ----------
    settings : mapping
    title : str
        Names of its networks.
    fingerprint : str
    n_features : int
    """

    settings: Mapping[str, Any]
    title: str
    fingerprint: str
    n_features: int


@dataclass(frozen=True)
class PackedFeatures:
    """Features of images by one network.

    Attributes
    ----------
    name : str
        Name of the file in the pack.
    fingerprint : str
        Fingerprint of the features, as in `FeatureCache`.
    n_images, n_features : int
    notes : mapping of str to str
        What is to know about images, from `pack_notes`, by their content hash in hexadecimal digits.
    """

    name: str
    fingerprint: str
    n_images: int
    n_features: int
    notes: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """The content of a pack.

    Attributes
    ----------
    versions : mapping of str to str
        Versions of the add-on, Keras and OpenVINO that made it, by the names of their packages.
    embedders : tuple of PackedEmbedder
    networks : tuple of PackedNetwork
    features : tuple of PackedFeatures
    n_images : int
        Number of images among the files.
    files : tuple of PackedFile
        All files but the manifest.
    """

    versions: Mapping[str, str]
    embedders: tuple[PackedEmbedder, ...]
    networks: tuple[PackedNetwork, ...]
    features: tuple[PackedFeatures, ...] = ()
    n_images: int = 0
    files: tuple[PackedFile, ...] = field(default=(), repr=False)

    @property
    def user_files(self) -> list[str]:
        """Paths of the files for the user's folder, within that."""
        return [file.name.removeprefix(FILES) for file in self.files if file.name.startswith(FILES)]

    @property
    def workflows(self) -> list[str]:
        """Those of `user_files` that are workflows."""
        return [name for name in self.user_files if name.endswith(".ows")]

    def to_json(self) -> str:
        """Return the text of the manifest, which `from_json` reads."""
        return json.dumps({"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Return the manifest from the content of its JSON, without format and version.

        Raises
        ------
        ValueError, TypeError, KeyError, AttributeError
            It is none.
        """
        kinds = {
            "embedders": PackedEmbedder,
            "networks": PackedNetwork,
            "features": PackedFeatures,
            "files": PackedFile,
        }
        if any(type(content[name]) is not list for name in kinds):
            raise TypeError("a list is none")
        parts = {name: tuple(_read(kind, each) for each in content[name]) for name, kind in kinds.items()}
        return _read(cls, content | parts)


_TYPES = {"n_images": int, "n_features": int, "size": int}
_MAPPINGS = {"versions", "settings", "facts", "notes"}
_SEVERAL = {"embedders", "networks", "features", "files"}


def _read(kind: type, values: dict[str, Any]) -> Any:
    """Return a part of the manifest, once each of its values has its type."""
    for name, value in values.items():
        expected = tuple if name in _SEVERAL else dict if name in _MAPPINGS else _TYPES.get(name, str)
        if type(value) is not expected or (expected is int and value < 0):
            raise TypeError(f"{name} is {value!r}")
    return kind(**values)
