"""Images of two colors, and models trained on their features."""

import pickle

import numpy as np
from Orange.classification import LogisticRegressionLearner
from Orange.data import Domain
from PIL import Image

from orangecontrib.transferlearning import Embedder, to_table

from .conftest import solid


def paint(root, n_each=12):
    """Write folders ``red`` and ``blue`` with images of one color in different shades, and return their parent."""
    for name, color in (("red", (1.0, 0.2, 0.2)), ("blue", (0.2, 0.2, 1.0))):
        (root / name).mkdir(parents=True)
        for position, shade in enumerate(np.linspace(130, 255, n_each)):
            pixels = solid([round(shade * part) for part in color])
            Image.fromarray(pixels).save(root / name / f"{position:02}.png")
    return root


def train_in_orange(images):
    """Return a model that Orange trained on a table of features."""
    return LogisticRegressionLearner()(to_table(Embedder("SqueezeNet").transform(images)))


def without_fingerprint(model):
    """Return a copy of a model whose features have no fingerprint."""
    model = pickle.loads(pickle.dumps(model))
    for domain in (model.domain, model.original_domain):
        assert isinstance(domain, Domain)
        for variable in domain.attributes:
            variable.attributes.pop("_fingerprint", None)
    return model
