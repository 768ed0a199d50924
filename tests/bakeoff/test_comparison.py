"""A comparison: rows as they are done, the same images and folds for all."""

import numpy as np
import pytest
from PIL import Image

from orangecontrib.transferlearning.bakeoff import comparison as comparison_module
from orangecontrib.transferlearning.bakeoff.candidates import Candidate, backbone_candidate
from orangecontrib.transferlearning.bakeoff.comparison import STAGES, Comparison, ComparisonSettings
from orangecontrib.transferlearning.bakeoff.images import labeled_images
from orangecontrib.transferlearning.bakeoff.learners import LEARNERS
from orangecontrib.transferlearning.embedding.cache import FeatureCache
from orangecontrib.transferlearning.engines import opening
from orangecontrib.transferlearning.errors import Cancelled, ImageReadError, SettingError, TrainingError, WeightsError
from orangecontrib.transferlearning.sources.opening import open_source

from .paintings import paint

pytestmark = pytest.mark.usefixtures("fake_network")

BOTH = [backbone_candidate("SqueezeNet"), backbone_candidate("MobileNet")]
QUICK = ComparisonSettings((LEARNERS["knn"],), n_folds=3)


@pytest.fixture
def colors(tmp_path):
    return paint(tmp_path / "colors")


def images_of(folder):
    return labeled_images(open_source(folder))


@pytest.fixture
def foldings(monkeypatch):
    """Folds of each cross-validation."""
    used, score = [], comparison_module.score_learner

    def note(table, learner, foldings, callback):
        used.append([each.tolist() for each in foldings])
        return score(table, learner, foldings, callback)

    monkeypatch.setattr(comparison_module, "score_learner", note)
    return used


def test_rows_come_as_they_are_done_with_the_same_folds(colors, foldings):
    told, fractions = [], []
    settings = ComparisonSettings((LEARNERS["knn"], LEARNERS["logistic"]), n_folds=3, seeds=(4, 5))
    comparison = Comparison(BOTH, images_of(colors), settings)
    run = comparison.run(fractions.append, lambda candidate, stage: told.append((candidate.name, stage)))
    first = next(run)
    assert first.key == ("SqueezeNet", "knn")
    assert told == [("SqueezeNet", stage) for stage in STAGES]
    others = list(run)
    assert [row.key for row in others] == [("SqueezeNet", "logistic"), ("MobileNet", "knn"), ("MobileNet", "logistic")]
    assert len(foldings) == 4
    assert all(each == foldings[0] for each in foldings)
    assert foldings[0][0] != foldings[0][1]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert (first.scores.accuracy, first.scores.auc, len(first.scores.folds)) == (1, 1, 6)
    assert (first.n_features, first.n_images, first.candidate.megabytes) == (4, 18, 5)
    assert 0 < first.speed.milliseconds == pytest.approx(1000 / first.speed.images_per_second)


def test_speed_is_measured_without_the_cache(colors, tmp_path, fake_network):
    cached = [backbone_candidate("SqueezeNet", cache=FeatureCache(tmp_path / "cache.sqlite"))]
    (one,) = Comparison(cached, images_of(colors), QUICK).run()
    n_first = sum(fake_network.engine.calls)
    (other,) = Comparison(cached, images_of(colors), QUICK).run()
    assert one.speed.n_images == other.speed.n_images == 5 * 18
    # A batch to warm up, and five rounds: the features themselves are in the cache.
    assert sum(fake_network.engine.calls) - n_first == 6 * 18
    assert n_first == 7 * 18


def test_image_that_nobody_can_read_is_left_out_and_told(colors):
    (colors / "red" / "6.png").write_bytes(b"not an image")
    comparison = Comparison(BOTH, images_of(colors), QUICK)
    assert [row.n_images for row in comparison.run()] == [18, 18]
    assert [each.key for each in comparison.skipped] == ["red/6.png"]


def test_image_that_one_cannot_read_is_left_out_for_all_and_earlier_rows_come_again(colors, foldings):
    Image.new("RGB", (12, 10), (190, 10, 10)).save(colors / "red" / "6.png")
    picky = Candidate("picky", {"backbone": "MobileNet", "image_size": "own"})
    comparison = Comparison([BOTH[0], picky], images_of(colors), QUICK)
    rows = list(comparison.run())
    assert [(row.key[0], row.n_images) for row in rows] == [("SqueezeNet", 19), ("SqueezeNet", 18), ("picky", 18)]
    assert foldings[1] == foldings[2]
    assert [each.key for each in comparison.skipped] == ["red/6.png"]


def test_duplicates_are_found_and_kept_together_on_demand(colors, foldings, monkeypatch):
    # Features of the fake network are few, and those of one color are alike.
    monkeypatch.setattr("orangecontrib.transferlearning.bakeoff.duplicates.ALIKE", 0.999999)
    for name in ("6.png", "7.png"):
        (colors / "blue" / name).write_bytes((colors / "blue" / "0.png").read_bytes())
    images = images_of(colors)
    apart = Comparison(BOTH[:1], images, QUICK)
    list(apart.run())
    assert apart.duplicates.n_pairs == 3
    assert apart.duplicates.n_split > 0
    names = {images.items[row].key for pair in apart.duplicates.first for row in pair}
    assert names <= {"blue/0.png", "blue/6.png", "blue/7.png"}
    together = Comparison(BOTH[:1], images, ComparisonSettings(QUICK.learners, 3, keep_together=True))
    list(together.run())
    assert (together.duplicates.n_pairs, together.duplicates.n_split) == (3, 0)
    folds = foldings[-1][0]
    assert folds[0] == folds[6] == folds[7]


def test_groups_of_the_images_are_kept(colors, tmp_path, foldings):
    rows = [f"{name}/{shade}.png,{name},{shade // 2}" for name in ("blue", "green", "red") for shade in range(6)]
    (tmp_path / "list.csv").write_text("\n".join(["image,color,plate", *rows]))
    source = open_source(tmp_path / "list.csv", root=colors, image_column="image", label_column="color")
    images = labeled_images(source, group="plate")
    list(Comparison(BOTH[:1], images, QUICK).run())
    folds = np.array(foldings[0][0])
    assert [len(set(folds[images.groups == group])) for group in range(3)] == [1, 1, 1]


def test_callback_may_stop_it_at_any_time_and_rows_are_not_lost(colors):
    def cancel(fraction):
        if fraction > 0.6:
            raise Cancelled

    rows = []
    comparison = Comparison(BOTH, images_of(colors), QUICK)
    with pytest.raises(Cancelled):
        for row in comparison.run(cancel):
            rows.append(row)
    assert [row.key for row in rows] == [("SqueezeNet", "knn")]


def test_faults_are_told_before_anything_is_computed(colors, fake_network):
    with pytest.raises(TrainingError, match=r"3 of 3 classes have too few images: blue \(6\), green \(6\), red \(6\)"):
        Comparison(BOTH, images_of(colors), ComparisonSettings(n_folds=7))
    with pytest.raises(SettingError, match="MobileNet is there 2 times"):
        Comparison([*BOTH, BOTH[1]], images_of(colors))
    assert not fake_network.built


def test_nothing_that_can_be_read_is_an_error(tmp_path):
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        (tmp_path / "bad" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bad" / name).write_bytes(b"nothing")
    with pytest.raises(ImageReadError, match="None of the 4 images could be read"):
        list(Comparison(BOTH, images_of(tmp_path / "bad"), ComparisonSettings(n_folds=2)).run())


def test_second_run_goes_on_where_the_first_was_stopped(colors, fake_network, foldings):
    comparison = Comparison(BOTH, images_of(colors), QUICK)
    first = next(comparison.run())
    n_computed = sum(fake_network.engine.calls)
    again, other = comparison.run()
    assert again is first
    assert other.key == ("MobileNet", "knn")
    assert sum(fake_network.engine.calls) == 2 * n_computed
    assert len(foldings) == 2
    assert list(comparison.run()) == [first, other]


def test_what_is_known_is_kept_when_others_are_chosen(colors, fake_network, foldings):
    comparison = Comparison(BOTH[:1], images_of(colors), QUICK)
    (first,) = comparison.run()
    both = ComparisonSettings((LEARNERS["knn"], LEARNERS["logistic"]), n_folds=3)
    comparison.choose(BOTH[:1], both)
    assert [row.learner.name for row in comparison.run()] == ["knn", "logistic"]
    assert len(foldings) == 2
    comparison.choose(BOTH[:1], ComparisonSettings(both.learners, n_folds=2))
    n_computed = sum(fake_network.engine.calls)
    rows = list(comparison.run())
    assert [len(row.scores.folds) for row in rows] == [2, 2]
    assert rows[0].speed is first.speed
    assert sum(fake_network.engine.calls) == n_computed
    with pytest.raises(TrainingError, match="too few images"):
        comparison.choose(BOTH, ComparisonSettings(n_folds=7))
    assert list(comparison.run()) == rows


def test_others_are_compared_before_missing_weights_are_an_error(colors, monkeypatch):
    build = opening.build_network

    def refuse(backbone, **arguments):
        if backbone.name == "SqueezeNet":
            raise WeightsError("no connection")
        return build(backbone, **arguments)

    monkeypatch.setattr(opening, "build_network", refuse)
    rows = []
    with pytest.raises(WeightsError, match="no connection"):
        for row in Comparison(BOTH, images_of(colors), QUICK).run():
            rows.append(row)
    assert [row.key for row in rows] == [("MobileNet", "knn")]
