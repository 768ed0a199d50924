"""The networks that were unpacked on this computer from a class pack, in OpenVINO's format."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..atomic_files import as_sink_error
from ..temporary_folders import temporary_folder
from .openvino_cache import KeptNetworks

_UNFINISHED = ".unpacking-"
"""Prefix of the folder in which a pack is unpacked."""


class PackedNetworks(KeptNetworks):
    """The networks of class packs; they stay until they are cleared, as this computer may not be able to make them.

    Their keys are without versions: whatever version of Keras, OpenVINO and this add-on the computer has, they are the
    networks of the computer that packed them.
    """

    name = "transfer-learning-packed-networks"

    def new_folder(self) -> TemporaryDirectory:
        """Make a temporary folder beside the networks.

        Raises
        ------
        SinkError
        """
        with as_sink_error(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            return temporary_folder(_UNFINISHED, self.folder)

    def keep(self, networks: Iterable[tuple[str, Path]]) -> None:
        """Move networks, given by key and folder, from `new_folder` to their places; existing ones are replaced.

        Raises
        ------
        SinkError
        """
        for key, folder in networks:
            with as_sink_error(self.path(key)):
                if self.path(key).exists():
                    shutil.rmtree(self.path(key))
                os.replace(folder, self.path(key))
