"""Features whose classes or numbers are known."""

import numpy as np


def clouds(n_each=20, n_features=6, n_classes=3, noise=0.3, seed=0):
    """Features of classes "a", "b", ... around their own corners, and the labels, one class after the other."""
    chance = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_classes), n_each)
    features = 4 + 3 * np.eye(n_classes, n_features)[codes] + noise * chance.standard_normal((len(codes), n_features))
    return features.astype(np.float32), ["abcdefgh"[code] for code in codes]


def slope(n=80, n_features=5, noise=0.0, seed=0):
    """Features, and numbers that are 2 n0 - n1 + 7."""
    chance = np.random.default_rng(seed)
    features = chance.standard_normal((n, n_features)).astype(np.float32)
    return features, (2.0 * features[:, 0] - features[:, 1] + 7 + noise * chance.standard_normal(n)).tolist()
