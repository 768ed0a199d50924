"""What fine-tuning found, as text."""

from .comparison import score
from .finetuned import FineTuned
from .trainingreport import report_test


def report_tuning(tuned: FineTuned, n_train: int, n_validation: int) -> str:
    """Write down how both phases went, and the scores of the test.

    Parameters
    ----------
    tuned : FineTuned
    n_train, n_validation : int
        Pictures.

    Returns
    -------
    str
        Lines of text.
    """
    history, n_first = tuned.history, len(tuned.first.epochs)
    validated = f", validated on {n_validation}" if n_validation else ""
    lines = [
        f"{tuned.title}: trained on {n_train} pictures{validated}",
        f"head: {n_first} epochs, {tuned.seconds[0]:.1f} s",
        f"{tuned.n_trained} layers with it: {len(history.epochs) - n_first} epochs, {tuned.seconds[1]:.1f} s",
        f"best: epoch {history.kept + 1} of {len(history.epochs)}, {history.epochs[history.kept]}",
    ]
    if tuned.again:
        epochs = "{} and {} epochs".format(*tuned.again)
        lines.append(f"then trained anew on all {n_train + n_validation}: {epochs}, {tuned.seconds[2]:.1f} s")
    if len(tuned.truth):
        measure = "accuracy" if tuned.classes else "R2"
        lines += [f"test {measure} of the head alone: {score(tuned, tuned.before):.3f}", "", report_test(tuned)]
    return "\n".join(lines)
