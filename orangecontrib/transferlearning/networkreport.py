"""What the training of a small network found, as text."""

from .networktraining import NetworkTraining
from .trainingreport import report_test


def report_network(training: NetworkTraining) -> str:
    """Write down what a small network is made of, how its training went, and the scores of the test.

    Parameters
    ----------
    training : NetworkTraining

    Returns
    -------
    str
        Lines of text.
    """
    return "\n".join([_layers(training), *_course(training), "", report_test(training)])


def _layers(training: NetworkTraining) -> str:
    settings = training.network.settings
    layers = [f"{settings.hidden} hidden units"] if settings.hidden else []
    layers += [f"dropout {settings.dropout:g}"] if settings.dropout else []
    layers += [f"softmax of {len(training.classes)} classes" if training.classes else "one linear unit"]
    return f"{training.title}: {', '.join(layers)}; {training.network.n_weights:,} weights"


def _course(training: NetworkTraining) -> list[str]:
    history = training.history
    best = history.epochs[history.kept]
    lines = [f"trained on {training.n_train} pictures: {_n_epochs(len(history.epochs))}"]
    if training.n_validation:
        lines = [
            f"trained on {training.n_train} pictures, validated on {training.n_validation}: "
            f"{_n_epochs(len(history.epochs))}, number {history.kept + 1} was best"
        ]
    if best.accuracy is not None:
        lines.append(f"accuracy: {best.accuracy:.3f} in training{_validated(best.val_accuracy)}")
    lines.append(f"loss: {best.loss:.3f} in training{_validated(best.val_loss)}")
    if training.n_validation:
        n_all = training.n_train + training.n_validation
        lines.append(f"then trained anew on all {n_all}: {_n_epochs(history.kept + 1)}")
    return lines


def _n_epochs(n: int) -> str:
    return "1 epoch" if n == 1 else f"{n} epochs"


def _validated(number: float | None) -> str:
    return "" if number is None else f", {number:.3f} in validation"
