"""Features with known classes or numbers."""

import numpy as np


def clouds(n_each=20, n_features=6, n_classes=3, noise=0.3, seed=0):
    """Return features of classes "a", "b", ... around separate centers, and their labels, class by class."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_classes), n_each)
    features = (
        4 + 3 * np.eye(n_classes, n_features)[codes] + noise * generator.standard_normal((len(codes), n_features))
    )
    return features.astype(np.float32), ["abcdefgh"[code] for code in codes]


def slope(n=80, n_features=5, noise=0.0, seed=0):
    """Return features, and the numbers 2 n0 - n1 + 7."""
    generator = np.random.default_rng(seed)
    features = generator.standard_normal((n, n_features)).astype(np.float32)
    return features, (2.0 * features[:, 0] - features[:, 1] + 7 + noise * generator.standard_normal(n)).tolist()
