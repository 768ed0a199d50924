"""Search for faults with atheris, which changes inputs and keeps those that reach new code.

    python -m tests.hostile.guided_fuzz {images,tables,features,models} SECONDS

A fault ends it with a traceback, exit code 1 or more, and a file `crash-...` in the current folder.
"""

import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["orangecontrib.transferlearning"]):
    from orangecontrib.transferlearning.backbones.saved_models import check_archive, last_layer, read_about
    from orangecontrib.transferlearning.errors import SourceError, WeightsError
    from orangecontrib.transferlearning.features.opening import open_features
    from orangecontrib.transferlearning.images import opening, photoshop_files, tiff_files
    from orangecontrib.transferlearning.records import Embeddings

    from .mutations import STEPS, check_outcome, check_table

import numpy as np

from orangecontrib.transferlearning.features.opening import open_sink

from .corpus import members

FOLDER = Path(tempfile.mkdtemp(prefix="guided-fuzz-"))

TABLES = (
    "cat,a.jpg\ndog,b.jpg\n", "image;label\na.jpg;1\nb.jpg;2\n", "sep=;\na;b\n", "a,a,a\n1,2,3\n",
)  # fmt: skip

OUTPUTS = ("f.h5", "f.npz", "f.csv", "f.parquet")


def check_image(data: bytes) -> None:
    """Decode a file; its first byte chooses the steps."""
    check_outcome(data[1:], STEPS[data[0] % len(STEPS)] if data else ())


def written(name: str, data: bytes) -> Path:
    """Write a file, and return its path."""
    path = FOLDER / name
    path.write_bytes(data)
    return path


def check_features(data: bytes) -> None:
    """Open a file of features, under each suffix, and read all of it."""
    for name in OUTPUTS:
        path = written(name, data)
        try:
            saved = open_features(path)
            n_rows = sum(map(len, saved.read_blocks()))
        except SourceError as error:
            assert len(str(error).splitlines()) == 1
        else:
            assert n_rows == saved.shape[0]


def check_model(data: bytes) -> None:
    """Read the description and the structure of a saved network."""
    path = written("m.keras", data)
    for function in (check_archive, read_about, last_layer):
        try:
            function(path)
        except WeightsError as error:
            assert len(str(error).splitlines()) == 1


def image_seeds() -> list[bytes]:
    """Return the corpus' small files, each with a byte for its steps before it."""
    return [b"\0" + member.data for member in members() if len(member.data) < 20_000]


def feature_seeds() -> list[bytes]:
    """Return a small file of features in each format."""
    rows = np.arange(6, dtype=np.float32).reshape(3, 2)
    for name in OUTPUTS:
        with open_sink(FOLDER / f"seed-{name}", "Class") as sink:
            sink.write(Embeddings(["a", "b", "c"], rows, ["x", None, "y"], [], "print", [{"m": i} for i in range(3)]))
    return [(FOLDER / f"seed-{name}").read_bytes() for name in OUTPUTS]


def model_seeds() -> list[bytes]:
    """Return archives with the parts of a saved network."""
    path = FOLDER / "seed.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr(
            "config.json", '{"config": {"layers": [{"config": {"name": "a"}}], "output_layers": [["a", 0, 0]]}}'
        )
        archive.writestr("model.weights.h5", b"")
        archive.writestr("orange-transfer.json", '{"backbone": "SqueezeNet", "image_size": [8, 8], "classes": ["a"]}')
    return [path.read_bytes()]


PARTS = {
    "images": (check_image, image_seeds),
    "tables": (lambda data: check_table(written("t.csv", data)), lambda: [text.encode() for text in TABLES]),
    "features": (check_features, feature_seeds),
    "models": (check_model, model_seeds),
}


def main(part: str, seconds: int) -> None:
    """Search in one part for so many seconds; ends the process."""
    check, seeds = PARTS[part]
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, data in enumerate(seeds()):
        (corpus / str(number)).write_bytes(data)
    for module in (opening, tiff_files):
        module.MAX_PIXELS = 10**6  # a damaged header may promise pixels by the gigabyte
    for module in (photoshop_files, tiff_files):
        module.MAX_ARRAY_BYTES = 10**7
    limits = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-max_len=20000", "-verbosity=0"]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main(sys.argv[1], int(sys.argv[2]))
