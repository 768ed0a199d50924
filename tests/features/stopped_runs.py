"""Stop a writer at each of its calls that change files, in forked processes, and check what is left.

    python -m tests.features.stopped_runs NAME HOW FIRST STEP

NAME is an output ("f.h5") or another writer of `WRITERS`, HOW is "killed", "interrupted" or "full" (from then on, the
disk is). Every STEP-th call is stopped at, from the FIRST. One line for each fault, and at last the number of stops.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

from orangecontrib.transferlearning.atomic_files import AtomicFile, as_sink_error, whole_file
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.engines import openvino_cache
from orangecontrib.transferlearning.engines.openvino_engine import NETWORK_FILE, WEIGHTS_FILE
from orangecontrib.transferlearning.errors import SinkError, SourceError
from orangecontrib.transferlearning.features.hdf5_writing import write_hdf5
from orangecontrib.transferlearning.features.opening import open_features, open_sink, read_features
from orangecontrib.transferlearning.records import Embeddings, ImageItem, Skipped

OUTPUTS = ("f.h5", "f.npz", "f.parquet", "f.csv", "pair", "f/")
OTHERS = ("model", "save-data", "cache", "network")

# SQLite's own calls cannot be seen from Python, but its statements can.
MAKES = {"write", "writelines", "truncate", "flush", "fsync", "replace", "rename", "mkdir", "execute"}
REMOVES = {"open", "unlink", "remove", "rmdir", "close", "executemany", "utime"}
MANY_AT_ONCE = ("pair", "f/", "network")
"""Outputs of several files: while they are moved, there is none, and the next run goes on to move them."""


class Images(list):
    """Images as a source."""

    columns, label_name, is_target, meta_names = (), "Class", False, ("square",)

    def __init__(self, first, n_images):
        numbers = range(first, first + n_images)
        super().__init__(ImageItem(f"a/{i}.png", "", f"class {i % 3}", {"square": i**2}) for i in numbers)


OLD, NEW, OTHER = Images(0, 7), Images(3, 8), Images(5, 5)


def number(item):
    return int(item.key[2:-4])


def batches(source, size=2):
    items = list(source)
    for part in (items[at : at + size] for at in range(0, len(items), size)):
        good = [item for item in part if number(item) % 5 != 4]
        yield Embeddings(
            [item.key for item in good],
            np.array([[number(item), 1 / (1 + number(item))] for item in good], np.float32).reshape(-1, 2),
            [item.label for item in good],
            [Skipped(item.key, "broken") for item in part if item not in good],
            "print",
            [dict(item.metas) for item in good],
        )


class Output:
    """Features in one of the formats."""

    def __init__(self, name):
        self.name = name
        self.can_resume = name not in ("f.csv", "pair")

    def write(self, folder, images, *, resume=False, overwrite=False):
        size = {"buffer_size": 3} if self.can_resume else {"keys": True}
        resume = {"resume": resume} if self.can_resume else {}
        with open_sink(f"{folder}/{self.name}", "Class", overwrite=overwrite, **size, **resume) as sink:
            for part in batches(sink.resume(images, "print") if self.can_resume else images):
                sink.write(part)

    def read(self, folder):
        """Return keys, labels, metas and features; None if there is no output."""
        try:
            saved, found = open_features(folder / self.name), read_features(folder / self.name)
        except SourceError:
            return None
        return found.keys, found.labels, {k: list(map(int, v)) for k, v in saved.metas.items()}, found.features.tolist()


class Bytes:
    """A file that is written at once, with a stale file beside it: a model with its chart; or by Save Data."""

    can_resume = False

    def write(self, folder, images, *, overwrite=False, resume=False):
        with AtomicFile(folder / "m.pkcls", overwrite=overwrite, stale=(folder / "m_grid.png",)) as file:
            for item in images:
                file.write(item.key.encode())

    def read(self, folder):
        return (folder / "m.pkcls").read_bytes() if (folder / "m.pkcls").exists() else None


class SaveData(Output):
    can_resume = False

    def __init__(self):
        super().__init__("s.h5")
        self.can_resume = False

    def write(self, folder, images, *, overwrite=False, resume=False):
        with as_sink_error(folder / "s.h5"), tempfile.TemporaryDirectory() as elsewhere:
            Output("s.h5").write(elsewhere, images)
            with whole_file(folder / "s.h5") as part:
                write_hdf5(part, open_features(f"{elsewhere}/s.h5"))


class Cache:
    """The cache of features: what it finds is right, and after a run it finds all of that run."""

    can_resume = False

    def write(self, folder, images, *, overwrite=False, resume=False):
        cache, keys = FeatureCache(folder / "cache.sqlite"), [item.key.encode() for item in images]
        for item, key in zip(images, keys, strict=True):
            cache.find("print", [key])
            cache.store("print", {key: np.full(3, number(item), np.float32)})
        found = cache.find("print", keys)
        cache.close()
        if cache.problem:
            raise SinkError(cache.problem)
        assert len(found) == len(keys)

    def read(self, folder):
        cache = FeatureCache(folder / "cache.sqlite")
        keys = {item.key.encode(): number(item) for item in (*OLD, *NEW, *OTHER)}
        found = cache.find("print", list(keys))
        cache.close()
        return all((image.features == keys[key]).all() for key, image in found.items())


class KeptNetwork:
    """A network that is kept for OpenVINO."""

    can_resume = False

    def write(self, folder, images, *, overwrite=False, resume=False):
        def convert(made):
            with as_sink_error(made):
                for name in (NETWORK_FILE, WEIGHTS_FILE, "facts.json"):
                    (made / name).write_text(images[0].key)
                (made / "sha256").write_text(openvino_cache._digest(made))

        with openvino_cache.ConvertedNetworks(folder).converted("key", convert) as made:
            assert (made / NETWORK_FILE).read_text() == images[0].key

    def read(self, folder):
        made = folder / "transfer-learning-networks" / "key"
        try:
            is_whole = (made / "sha256").read_text() == openvino_cache._digest(made)
        except OSError:
            return None
        return (made / NETWORK_FILE).read_text() if is_whole else None


WRITERS = {name: lambda name=name: Output(name) for name in OUTPUTS}
WRITERS |= {"model": Bytes, "save-data": SaveData, "cache": Cache, "network": KeptNetwork}


def stop(work, at, how):
    """Run a function in another process that is stopped at a call; return False if there were fewer calls."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    calls = [0]

    def watch(frame, event, function):
        name = getattr(function, "__name__", "")
        if event != "c_call" or name not in MAKES | REMOVES:
            return
        calls[0] += 1
        if calls[0] <= at:
            return
        if how == "killed":
            os._exit(1)
        if how == "interrupted":
            sys.setprofile(None)
            raise KeyboardInterrupt
        if name in MAKES:
            raise OSError(28, "No space left on device")

    sys.setprofile(watch)
    try:
        work()
        # Errors of the clean-up may have been left unsaid.
        os._exit(calls[0] > at)
    except (KeyboardInterrupt, SinkError):
        os._exit(1)
    except BaseException as error:  # noqa: BLE001 - it is told
        sys.setprofile(None)
        print(f"call {at}: {type(error).__name__}: {error}", flush=True)
        os._exit(1)


def listing(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def written(writer, folder, images, **options):
    """Write in a copy of a folder, and return the content and the names of the files."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        try:
            writer.write(Path(copy), images, **options)
        except SinkError as error:
            return str(error), listing(Path(copy))
        return writer.read(Path(copy)), listing(Path(copy))


def faults(writer, name, before, at, how):
    """Yield what is wrong after a stop at a call; nothing if there were fewer calls."""
    may_replace = {"overwrite": True} if listing(before) else {}
    with tempfile.TemporaryDirectory(dir=before.parent) as new:
        folder = Path(new)
        shutil.copytree(before, folder, dirs_exist_ok=True)
        if not stop(lambda: writer.write(folder, NEW, **may_replace), at, how):
            raise EOFError
        old, whole = writer.read(before), written(writer, before, NEW, **may_replace)
        if writer.read(folder) not in (old, whole[0]) and not (name in MANY_AT_ONCE and writer.read(folder) is None):
            yield f"neither old nor new: {writer.read(folder)}"
        again = {"resume": True, **may_replace} if writer.can_resume else {"overwrite": True}
        resumed = written(writer, folder, NEW, **again)
        if resumed != whole:
            yield f"resumed: {resumed}"
        other = written(writer, folder, OTHER, overwrite=True)
        if other != written(writer, before, OTHER, overwrite=True):
            yield f"begun again: {other}"


def main(name, how, first, step):
    n_stops = 0
    with tempfile.TemporaryDirectory() as root:
        for kind in ("empty", "there"):
            before = Path(root, kind)
            before.mkdir()
            writer = WRITERS[name]()
            if kind == "there":
                writer.write(before, OLD)
            at = int(first)
            while True:
                try:
                    for fault in faults(writer, name, before, at, how):
                        print(f"{kind}, call {at}: {fault}", flush=True)
                except EOFError:
                    break
                at, n_stops = at + int(step), n_stops + 1
    print(n_stops)


if __name__ == "__main__":
    main(*sys.argv[1:])
