"""Both phases of fine-tuning, by what they change and what they leave alone."""

import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from orangecontrib.transferlearning.backbones.layers import leaf_layers
from orangecontrib.transferlearning.backbones.loading import Loader
from orangecontrib.transferlearning.backbones.registry import BACKBONES
from orangecontrib.transferlearning.errors import Cancelled, SettingError, SinkError, TrainingError
from orangecontrib.transferlearning.finetuning import checkpoint as checkpoints
from orangecontrib.transferlearning.finetuning import fine_tune as finetuning
from orangecontrib.transferlearning.finetuning import large_arrays as scratch
from orangecontrib.transferlearning.finetuning.checkpoint import Checkpoint
from orangecontrib.transferlearning.finetuning.dataset import TuningData
from orangecontrib.transferlearning.finetuning.fine_tune import fine_tune
from orangecontrib.transferlearning.finetuning.partly_frozen import open_partly_frozen
from orangecontrib.transferlearning.finetuning.settings import Augmentation, TuningSettings
from orangecontrib.transferlearning.training.head_settings import HeadSettings

from ..drawings import SHAPES, pixels_and_class_indices
from ..samples_networks import write_network

pytestmark = [
    pytest.mark.usefixtures("without_graphs"),
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions_eagerly`:UserWarning"),
]

HEAD = HeadSettings(epochs=15, learning_rate=0.001, l2=0.01)
QUICK = TuningSettings(epochs=3, batch_size=12, learning_rate=0.01)


@pytest.fixture(scope="module")
def tunable(tmp_path_factory):
    """Opens the small network, divided before some of its last layers."""
    path = write_network(tmp_path_factory.mktemp("network") / "small.keras")
    return lambda unfreeze=2: open_partly_frozen(
        Loader(BACKBONES["SqueezeNet"], (), path, None, 0, None), "auto", unfreeze
    )


@pytest.fixture(scope="module")
def data():
    """Eight drawings of each shape to train on, three to validate, three to test."""
    pixels, class_indices = pixels_and_class_indices(14)
    number = np.arange(len(class_indices)) % 14
    parts = [np.flatnonzero(part) for part in (number < 8, (number >= 8) & (number < 11), number >= 11)]
    return TuningData(pixels, class_indices, SHAPES, *parts)


def values(model):
    return {each.path: np.array(each) for each in model.variables}


def test_drawings_are_learned_and_each_epoch_is_told(data, tunable):
    told, fractions = [], []
    tuned = fine_tune(tunable(), data, HEAD, QUICK, callback=fractions.append, tell=lambda *epoch: told.append(epoch))
    assert [(phase, number) for phase, number, _ in told] == [
        *((1, number) for number in range(1, len(tuned.first.epochs) + 1)), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip
    assert tuned.history.epochs == tuple(epoch for _, _, epoch in told)
    assert tuned.history.second_phase == len(tuned.first.epochs)
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    np.testing.assert_allclose(tuned.after.sum(axis=1), 1, rtol=1e-5)
    assert (tuned.predicted == tuned.truth).mean() > 0.7
    assert tuned.title == "SqueezeNet 1.1, fine-tuned"


@pytest.mark.parametrize(("phase", "number", "n_epochs"), [(1, 4, 4), (2, 2, HEAD.epochs + 2)])
def test_training_ends_in_either_phase_when_told(data, tunable, phase, number, n_epochs):
    settings = replace(QUICK, learning_rate=1e-3, epochs=50)
    tuned = fine_tune(tunable(), data, HEAD, settings, tell=lambda *epoch: epoch[:2] == (phase, number))
    losses = [epoch.val_loss for epoch in tuned.history.epochs]
    assert len(losses) == n_epochs
    assert tuned.history.kept == losses.index(min(losses))
    assert tuned.history.second_phase == (None if phase == 1 else HEAD.epochs)
    if phase == 1:
        np.testing.assert_allclose(tuned.after, tuned.before, atol=1e-5)


def test_normalization_and_all_before_the_border_stay_and_the_rest_changes(data, tunable):
    import keras

    network = tunable()
    data = replace(data, validation=np.empty(0, int))
    before = values(network.features)
    settings = replace(QUICK, epochs=1, augmentation=Augmentation(flip=True))
    fine_tune(network, data, replace(HEAD, epochs=1), settings)
    behind = {each.path for each in network.tail.trainable_variables}
    assert behind == {"conv2/kernel", "conv2/bias", "fire9/kernel", "fire9/bias"}
    for path, value in values(network.features).items():
        assert np.array_equal(value, before[path]) == (path not in behind), path
    normalizations = [each for each in leaf_layers(network.tail) if isinstance(each, keras.layers.BatchNormalization)]
    assert [each.name for each in normalizations] == ["norm2"]
    for layer in normalizations:
        for each in layer.variables:
            np.testing.assert_array_equal(each, before[each.path])


def test_epoch_with_the_lowest_validation_loss_of_both_phases_is_kept(data, tunable):
    # So fast that it spoils everything: the head alone was better.
    tuned = fine_tune(tunable(), data, HEAD, replace(QUICK, learning_rate=0.1))
    losses = [epoch.val_loss for epoch in tuned.history.epochs]
    assert tuned.history.kept == losses.index(min(losses)) < len(tuned.first.epochs)
    np.testing.assert_allclose(tuned.after, tuned.before, atol=1e-5)


def test_head_alone_is_what_it_was_before_its_layers_were_trained_further(data, tunable):
    everything = replace(data, validation=np.empty(0, int))
    slow, fast = (fine_tune(tunable(), everything, HEAD, replace(QUICK, learning_rate=rate)) for rate in (1e-9, 0.1))
    np.testing.assert_allclose(fast.before, slow.before, atol=1e-4)
    np.testing.assert_allclose(slow.after, slow.before, atol=1e-4)
    assert np.abs(fast.after - fast.before).max() > 0.05


def test_network_is_trained_anew_on_the_validation_images_for_as_long_as_was_best(data, tunable, tmp_path):
    with Checkpoint(tmp_path / "out.keras") as checkpoint:
        tuned = fine_tune(tunable(), data, HEAD, QUICK, retrain=True, checkpoint=checkpoint)
    assert tuned.retrained == (tuned.first.kept + 1, max(tuned.history.kept + 1 - len(tuned.first.epochs), 0))
    everything = replace(data, train=data.without_test, validation=np.empty(0, int))
    head, settings = replace(HEAD, epochs=tuned.retrained[0]), replace(QUICK, epochs=max(tuned.retrained[1], 1))
    alone = fine_tune(tunable(), everything, head, settings, retrain=True)
    assert alone.retrained is None
    np.testing.assert_allclose(tuned.before, alone.before, atol=5e-3)
    np.testing.assert_allclose(tuned.after, alone.after if tuned.retrained[1] else alone.before, atol=2e-2)


def test_patience_ends_training(data, tunable):
    tuned = fine_tune(tunable(), data, HEAD, replace(QUICK, learning_rate=0.1, epochs=50, patience=2))
    second = tuned.history.epochs[tuned.history.second_phase :]
    assert len(second) < 50
    losses = [epoch.val_loss for epoch in second]
    assert len(second) == losses.index(min(losses)) + 1 + 2


def test_phase_with_the_higher_accuracy_is_kept_if_it_is_asked_for(data, tunable):
    head, settings = replace(HEAD, best_by="accuracy"), replace(QUICK, best_by="accuracy", learning_rate=0.1)
    tuned = fine_tune(tunable(), data, head, settings)
    ranks = [(-epoch.val_accuracy, epoch.val_loss) for epoch in tuned.history.epochs]
    assert tuned.history.kept == ranks.index(min(ranks))
    assert tuned.history.reason == "highest validation accuracy"


def test_same_seed_same_curve_also_with_images_changed_by_chance(data, tunable):
    settings = replace(QUICK, epochs=2, augmentation=Augmentation(True, zoom=0.1))
    one, other = (fine_tune(tunable(), data, HEAD, settings).history for _ in range(2))
    assert [epoch.loss for epoch in one.epochs] == pytest.approx([epoch.loss for epoch in other.epochs], rel=1e-3)


def test_without_validation_all_epochs_are_trained_and_the_last_is_kept(data, tunable):
    everything = replace(data, validation=np.empty(0, int), test=np.empty(0, int))
    tuned = fine_tune(tunable(), everything, HEAD, QUICK)
    assert len(tuned.history.epochs) == HEAD.epochs + 3
    assert tuned.history.kept == len(tuned.history.epochs) - 1
    assert tuned.history.epochs[-1].val_loss is None
    assert tuned.after.shape == (0, 3)


def test_numbers_are_learned_in_their_own_unit(data, tunable):
    targets = 1000 + 200 * data.targets
    tuned = fine_tune(tunable(), replace(data, targets=targets, classes=()), HEAD, replace(QUICK, learning_rate=0.001))
    assert tuned.after.shape == (9, 1)
    assert np.abs(tuned.predicted - tuned.truth).mean() < 200
    assert tuned.history.epochs[-1].accuracy is None
    assert tuned.history.epochs[-1].loss < 2


def test_balanced_classes_count_the_same(data, tunable):
    rare = np.flatnonzero(data.targets == 2)[:1]
    train = np.concatenate([data.train[data.targets[data.train] < 2], rare])
    uneven = replace(data, train=train, validation=np.empty(0, int), test=train)
    head = replace(HEAD, l2=0.0)
    for balanced in (False, True):
        settings = replace(QUICK, epochs=1, learning_rate=1e-9, batch_size=100, balanced=balanced)
        tuned = fine_tune(tunable(), uneven, head, settings)
        each = -np.log(tuned.before[np.arange(17), tuned.truth.astype(int)])
        # Eight, eight and one.
        weights = np.repeat([17 / 24, 17 / 3], [16, 1]) if balanced else np.ones(17)
        assert tuned.history.epochs[-1].loss == pytest.approx((weights * each).mean(), rel=1e-3)


def test_training_that_goes_on_after_an_interrupt_gives_the_same(data, tmp_path, tunable):
    path, settings = tmp_path / "out.keras", replace(QUICK, augmentation=Augmentation(True))
    whole = fine_tune(tunable(), data, HEAD, settings)

    def stop(phase, number, epoch):
        if (phase, number) == (2, 2):
            raise Cancelled

    with pytest.raises(Cancelled), Checkpoint(path) as checkpoint:
        fine_tune(tunable(), data, HEAD, settings, checkpoint=checkpoint, tell=stop)
    with pytest.raises(SinkError, match="begun by an earlier run: say --resume"):
        Checkpoint(path)
    told = []
    with Checkpoint(path, resume=True) as checkpoint:
        again = fine_tune(tunable(), data, HEAD, settings, checkpoint=checkpoint, tell=lambda *each: told.append(each))
    for one, other in zip(whole.history.epochs, again.history.epochs, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=2e-3)
        assert one.val_loss == pytest.approx(other.val_loss, rel=2e-3)
    np.testing.assert_allclose(again.after, whole.after, atol=5e-3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("n_bytes", [1 << 30, 0], ids=["in memory", "on the disk"])
def test_frozen_part_is_computed_once_though_the_work_is_interrupted(data, tmp_path, tunable, monkeypatch, n_bytes):
    monkeypatch.setattr(scratch, "MAX_IN_MEMORY", n_bytes)
    head, settings = replace(HEAD, epochs=2), replace(QUICK, epochs=1)
    path, computed, run = tmp_path / "out.keras", [], finetuning.run_model
    monkeypatch.setattr(
        finetuning,
        "run_model",
        lambda model, inputs, *rest, **more: computed.append(model) or run(model, inputs, *rest, **more),
    )

    def stop(*epoch):
        raise Cancelled

    def begin(network, **given):
        with Checkpoint(path, **given) as checkpoint:
            return fine_tune(network, data, head, settings, checkpoint=checkpoint, tell=stop if not given else None)

    networks = [tunable() for _ in range(3)]
    with pytest.raises(Cancelled):
        begin(networks[0])
    assert networks[0].frozen in computed
    again = begin(networks[1], resume=True)
    assert networks[1].frozen not in computed
    whole = fine_tune(networks[2], data, head, settings)
    np.testing.assert_allclose(again.after, whole.after, atol=5e-3)
    assert list(tmp_path.iterdir()) == []


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 16
    path.write_bytes(content)


def stop_tuning(path, network, data, settings):
    def stop(phase, number, epoch):
        if (phase, number) == (2, 2):
            raise Cancelled

    with pytest.raises(Cancelled), Checkpoint(path) as checkpoint:
        fine_tune(network, data, replace(HEAD, epochs=2), settings, checkpoint=checkpoint, tell=stop)
    return path.with_name(f".{path.name}.part")


def cut(path):
    path.write_bytes(path.read_bytes()[:-99])


@pytest.mark.parametrize("damage", [flip, cut, lambda path: path.write_bytes(b"")])
def test_damaged_maps_are_computed_again(data, tmp_path, tunable, damage):
    settings = replace(QUICK, epochs=2)
    whole = fine_tune(tunable(), data, replace(HEAD, epochs=2), settings)
    damage(stop_tuning(tmp_path / "out.keras", tunable(), data, settings) / "maps_0.npy")
    with Checkpoint(tmp_path / "out.keras", resume=True) as checkpoint:
        again = fine_tune(tunable(), data, replace(HEAD, epochs=2), settings, checkpoint=checkpoint)
    for one, other in zip(whole.history.epochs, again.history.epochs, strict=True):
        assert one.loss == pytest.approx(other.loss, rel=2e-3)
    np.testing.assert_allclose(again.after, whole.after, atol=5e-3)
    assert list(tmp_path.iterdir()) == []


def test_other_damaged_work_is_refused_in_a_sentence(data, tmp_path, tunable):
    path, network = tmp_path / "out.keras", tunable()
    work = stop_tuning(path, network, data, QUICK)
    words = f"^The work of a stopped run in {work} is damaged: say --overwrite to begin again.$"
    for name in ("state.npz", "head.keras", "head.json"):
        kept = (work / name).read_bytes()
        changed = kept[:20] + bytes([kept[20] ^ 1]) + kept[21:]
        for damaged in (b"", b"{", kept[:-1], kept[: len(kept) // 2], changed):
            (work / name).write_bytes(damaged)
            with pytest.raises(SinkError, match=words), Checkpoint(path, resume=True) as checkpoint:
                fine_tune(network, data, replace(HEAD, epochs=2), QUICK, checkpoint=checkpoint)
        (work / name).write_bytes(kept)
    (work / "head.keras").unlink()
    with pytest.raises(SinkError, match=words), Checkpoint(path, resume=True) as checkpoint:
        checkpoint.load_head()
    (work / "settings.json").write_text("{")
    for given in ({}, {"resume": True}):
        with pytest.raises(SinkError, match=words):
            Checkpoint(path, **given)
    assert checkpoints.is_begun(path)
    with Checkpoint(path, overwrite=True) as checkpoint:
        checkpoint.begin({"a": 1})
        assert checkpoint.load_state() is None


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_work_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("keep")
    (tmp_path / ".out.keras.part").symlink_to("precious")
    for given in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(SinkError, match="is a link: remove it, or choose another name"):
            Checkpoint(tmp_path / "out.keras", **given)
    assert (tmp_path / "precious" / "thesis.txt").read_text() == "keep"


def test_maps_of_other_shapes_or_without_room_are_not_kept(tmp_path, monkeypatch):
    maps = [np.arange(24, dtype=np.float32).reshape(2, 3, 4), np.ones((2, 5), np.float32)]
    with Checkpoint(tmp_path / "out.keras") as checkpoint:
        checkpoint.save_maps(maps)
        assert checkpoint.load_maps([(2, 3, 4), (2, 6)]) is None
        for kept, given in zip(checkpoint.load_maps([(2, 3, 4), (2, 5)]), maps, strict=True):
            np.testing.assert_array_equal(kept, given)
    monkeypatch.setattr(checkpoints, "disk_usage", lambda folder: SimpleNamespace(free=200))
    with Checkpoint(tmp_path / "out.keras") as checkpoint:
        checkpoint.save_maps(maps)
        assert checkpoint.load_maps([(2, 3, 4), (2, 5)]) is None


def test_work_begun_with_other_settings_or_images_is_not_gone_on_with(data, tmp_path, tunable):
    path, quick = tmp_path / "out.keras", replace(QUICK, epochs=1)

    def stop(*epoch):
        raise Cancelled

    with pytest.raises(Cancelled), Checkpoint(path) as checkpoint:
        fine_tune(tunable(), data, HEAD, quick, checkpoint=checkpoint, tell=stop)
    for other_network, other, settings, words in (
        (2, data, replace(quick, learning_rate=0.5), "was begun with settings"),
        (1, data, quick, "was begun with first trained layer"),
        (2, replace(data, train=data.train[:-1]), quick, "was begun with images"),
    ):
        with pytest.raises(SinkError, match=words), Checkpoint(path, resume=True) as checkpoint:
            fine_tune(tunable(unfreeze=other_network), other, HEAD, settings, checkpoint=checkpoint)
    with Checkpoint(path, overwrite=True) as checkpoint:
        fine_tune(tunable(), data, HEAD, replace(quick, learning_rate=0.5), checkpoint=checkpoint)
    assert list(tmp_path.iterdir()) == []


def test_loss_out_of_range_is_an_error(data, tunable):
    with pytest.raises(TrainingError, match="choose a smaller learning rate"):
        fine_tune(tunable(), data, replace(HEAD, epochs=1), replace(QUICK, learning_rate=1e30))


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(SettingError, match="epochs has to be more than 0, not 0"):
        TuningSettings(epochs=0)
