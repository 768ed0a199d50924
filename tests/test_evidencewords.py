"""What is said of evidence."""

import numpy as np

from orangecontrib.transferlearning.evidence import Evidence
from orangecontrib.transferlearning.evidencewords import evidence_in_words, score_in_words


def evidence(unit, is_exact):
    return Evidence("fish", np.zeros((2, 2)), 0.0, 0.9312, unit, is_exact)


def test_score_has_its_unit_if_there_is_one():
    assert score_in_words(evidence("probability", False)) == "probability 0.931"
    assert score_in_words(evidence("", True)) == "0.931"


def test_words_tell_how_evidence_was_found():
    exactly = evidence_in_words(evidence("decision value", True), "logistic regression")
    assert exactly == (
        "Evidence for fish, exactly as the logistic regression has it: the average over the picture is its decision "
        "value, 0.931."
    )
    covered = evidence_in_words(evidence("", False), "random forest")
    assert covered == (
        "Evidence for fish, found by covering parts of the picture in grey: by how much the prediction of the random "
        "forest, 0.931, drops."
    )
