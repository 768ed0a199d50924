"""The attributes of variables that hold features: what the features depend on."""

from Orange.data import Variable

# Data Table shows the attributes of all columns, except those whose names begin with an underscore.
FINGERPRINT, WEIGHTS = "_fingerprint", "_weights"
"""Names of the attributes with `Embedder.fingerprint`, and with `Embedder.weights_name` unless it is "imagenet"."""


def feature_attributes(fingerprint: str, weights: str) -> dict[str, str | bool]:
    """Return the attributes of the variables of features, from which `restore_features` restores them."""
    # Orange's widgets leave out hidden variables where users choose a column.
    attributes: dict[str, str | bool] = {"hidden": True}
    if fingerprint:
        attributes[FINGERPRINT] = fingerprint
        if weights not in ("", "imagenet"):
            attributes[WEIGHTS] = weights
    return attributes


def fingerprint_of(variable: Variable) -> str:
    """Return the fingerprint of the features in a variable; "" if it is unknown or they are not features."""
    return variable.attributes.get(FINGERPRINT, "")
