"""Embed the corpus of hostile files, and files that are damaged at random: each has its features or its reason."""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from orangecontrib.transferlearning import Embedder, ListSource

from ..samples import FILES
from .row import Row


def bad_inputs(n_damaged: int, folder: Path) -> Iterator[Row]:
    """Try every member of the corpus, and so many damaged files."""
    embedder = Embedder("SqueezeNet")
    try:
        from ..hostile.corpus import members
    except ImportError:
        corpus = []
    else:
        corpus = [each for each in members() if not each.needs]
    if corpus:
        yield Row("files of the corpus", _embed(corpus, embedder, folder))
    yield Row("image files damaged at random", _embed_damaged(n_damaged, embedder, folder))


def _embed(corpus: list, embedder: Embedder, folder: Path) -> Counter[str]:
    paths, right = [], []
    for number, member in enumerate(corpus):
        paths.append(folder / f"{number}-{Path(member.name).suffix}")
        paths[-1].write_bytes(member.data)
        right.append(folder / f"{number}.png")
        if not member.reason:
            # The same pixels in a file that nobody disputes.
            Image.fromarray(np.uint8(np.clip(np.rint(member.pixels), 0, 255))).save(right[-1])
    found = embedder.embed(ListSource(paths))
    rows = dict(zip(found.keys, found.features, strict=True))
    good = [path for path in right if path.exists()]
    expected = dict(zip(map(str, good), embedder.embed(ListSource(good)).features, strict=True))
    counts = Counter({"tried": len(corpus), "embedded": len(rows), "skipped": len(found.skipped), "wrong!": 0})
    counts["wrong!"] += len(corpus) - len(rows) - len(found.skipped)
    for path, alike, member in zip(paths, right, corpus, strict=True):
        features = rows.get(str(path))
        if (features is None) != bool(member.reason):
            counts["wrong!"] += 1
        elif features is not None and not member.tolerance:
            # Pixels differ by at most one where they are rounded.
            counts["wrong!"] += bool(np.abs(features - expected[str(alike)]).max() > 0.2 * np.abs(features).max())
    return counts


def _embed_damaged(n_damaged: int, embedder: Embedder, folder: Path) -> Counter[str]:
    chance, paths = random.Random(0), []
    for number in range(n_damaged):
        name, data = chance.choice(sorted(FILES.items()))
        changed = bytearray(data)
        for _ in range(chance.randint(1, 8)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        paths.append(folder / f"damaged-{number}.{name.partition('-')[0]}")
        paths[-1].write_bytes(changed[: chance.choice((None, None, chance.randrange(len(changed))))])
    found = embedder.embed(ListSource(paths))
    faults = n_damaged - len(found) - len(found.skipped) + int((~np.isfinite(found.features)).any(axis=1).sum())
    faults += sum(not problem.reason.strip() or "\n" in problem.reason for problem in found.skipped)
    return Counter({"tried": n_damaged, "embedded": len(found), "skipped": len(found.skipped), "wrong!": faults})
