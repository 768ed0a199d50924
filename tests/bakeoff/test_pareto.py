"""The front has what no other beats."""

from orangecontrib.transferlearning.bakeoff.pareto import pareto_front


def test_front_of_costs_and_scores():
    costs, scores = [1, 2, 3, 2, 4, 1], [0.5, 0.8, 0.7, 0.6, 0.9, 0.4]
    assert pareto_front(costs, scores).tolist() == [True, True, False, False, True, False]


def test_equal_points_are_both_on_the_front():
    assert pareto_front([1, 1, 1], [0.5, 0.5, 0.4]).tolist() == [True, True, False]
