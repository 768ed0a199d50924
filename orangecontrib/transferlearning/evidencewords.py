"""Says in words what evidence was found, and how."""

from .evidence import Evidence


def score_in_words(evidence: Evidence) -> str:
    """Say the score: "probability 0.93"."""
    return f"{evidence.unit} {evidence.score:.3g}".strip()


def evidence_in_words(evidence: Evidence, title: str) -> str:
    """Say what the values of some evidence mean.

    Parameters
    ----------
    evidence : Evidence
    title : str
        Of the model.
    """
    what = evidence.unit or "prediction"
    if evidence.is_exact:
        return (
            f"Evidence for {evidence.name}, exactly as the {title} has it: the average over the picture is its {what}, "
            f"{evidence.score:.3g}."
        )
    return (
        f"Evidence for {evidence.name}, found by covering parts of the picture in grey: by how much the {what} of the "
        f"{title}, {evidence.score:.3g}, drops."
    )
