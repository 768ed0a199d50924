"""Fine-tuning as an Orange learner, on tables that name images."""

import copy
import gc
import pickle
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner
from Orange.classification import LogisticRegressionLearner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from Orange.data.table import DomainTransformationError
from Orange.evaluation import CA, CrossValidation
from PIL import Image

from orangecontrib.transferlearning.backbones import squeezenet
from orangecontrib.transferlearning.commands import cli
from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.errors import Cancelled, SettingError, SourceError, TrainingError
from orangecontrib.transferlearning.finetuning.open_finetuned import open_finetuned
from orangecontrib.transferlearning.finetuning.recipe import make_recipe
from orangecontrib.transferlearning.images.reading import read_image
from orangecontrib.transferlearning.orange.embed_table import embed_table
from orangecontrib.transferlearning.orange.finetune_learner import FineTuneLearner
from orangecontrib.transferlearning.orange.finetuned_model import FineTunedModel
from orangecontrib.transferlearning.orange.head_learner import BottleneckNetworkLearner

from ..drawings import SHAPES, write_drawings
from ..samples_networks import write_network

VALUES = ("disc", "nobody", "square", "stripes")


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Settings of a learner that is done soon."""
    weights = write_network(tmp_path_factory.mktemp("network") / "small.keras")
    return {
        "weights": weights,
        "epochs": 30,
        "head_epochs": 30,
        "unfreeze": 2,
        "learning_rate": 0.003,
        "batch_size": 12,
    }


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """A table of images: names, classes (one without images), no attributes."""
    root = write_drawings(tmp_path_factory.mktemp("drawings"), 8)
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(root)}
    names = [[f"{shape}/{number}.png"] for shape in SHAPES for number in range(8)]
    classes = np.repeat([VALUES.index(shape) for shape in SHAPES], 8).astype(float)
    domain = Domain([], DiscreteVariable("shape", VALUES), [image])
    return Table.from_numpy(domain, np.empty((24, 0)), classes, np.array(names, object))


@pytest.fixture(scope="module")
def model(raw, quick):
    return FineTuneLearner(make_recipe(**quick))(raw)


def test_raw_table_is_learned_with_a_column_for_every_value(model, raw):
    values, probabilities = model(raw, FineTunedModel.ValueProbs)
    assert probabilities.shape == (24, 4)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (values == raw.Y).mean() > 0.9
    assert probabilities[:, 1].max() < 0.2
    np.testing.assert_array_equal(values, probabilities.argmax(axis=1))
    assert model.name == "Fine-tuned Network"
    assert (model.domain.class_var.name, model.history.second_phase) == ("shape", 30)
    assert len(repr(model)) < 500


@pytest.mark.thorough
def test_cross_validation_beside_other_learners_on_an_embedded_table(raw):
    embedded, _ = embed_table(raw, Embedder("SqueezeNet", image_size=(64, 64), engine="tensorflow"))
    tuning = FineTuneLearner(make_recipe(image_size=(64, 64), epochs=2, head_epochs=15, unfreeze=3, learning_rate=1e-3))
    learners = [tuning, BottleneckNetworkLearner(epochs=30), LogisticRegressionLearner()]
    results = CrossValidation(k=2)(embedded, learners)
    assert results.failed == [False] * 3
    assert CA(results).min() > 0.7
    assert results.probabilities.shape == (3, 24, 4)


def test_unreadable_images_are_left_out_in_training_and_refused_in_predictions(raw, model, quick):
    broken = raw.copy()
    with broken.unlocked():
        broken.metas[3, 0] = "nowhere.png"
    with pytest.warns(
        UserWarning,
        match=r"1 image could not be read and was left out; the first is in row 4 \(nowhere.png\): no such file",
    ):
        trained = FineTuneLearner(make_recipe(**quick))(broken)
    first = r"the first in row 4 \(nowhere.png\): no such file"
    with pytest.raises(DomainTransformationError, match=f"1 of 24 images cannot be read, {first}"):
        model(broken)
    assert (trained(raw) == raw.Y).mean() > 0.9


def test_error_names_the_first_image_if_none_can_be_read(raw, quick):
    lost = raw.copy()
    with lost.unlocked():
        lost.metas[:, 0] = [f"lost/{row}.png" for row in range(len(lost))]
    with pytest.raises(TrainingError, match=r"images could be read: no such file \(row 1"):
        FineTuneLearner(make_recipe(**quick))(lost)


def renamed(table, **names):
    """The table with metas of other names, which are marked as it marks its images."""
    metas = [each.copy(name=names.get(each.name, each.name)) for each in table.domain.metas]
    return Table.from_numpy(Domain([], table.domain.class_var, metas), table.X, table.Y, table.metas)


def with_notes(table):
    """The table with one more text column, before that of the images."""
    domain = Domain([], table.domain.class_var, (StringVariable("note"), *table.domain.metas))
    return Table.from_numpy(domain, table.X, table.Y, np.c_[["a note"] * len(table), table.metas].astype(object))


def test_only_column_of_images_is_found_by_any_name_and_another_one_is_not_taken_for_it(raw, model):
    expected = model(raw[::8], FineTunedModel.Probs)
    for other in (renamed(raw, image="photo"), with_notes(renamed(raw, image="photo")), with_notes(raw)):
        np.testing.assert_allclose(model(other[::8], FineTunedModel.Probs), expected, atol=1e-5)
    unmarked = renamed(raw, image="photo")
    unmarked.domain["photo"].attributes.pop("type")
    with pytest.raises(SourceError, match="Expected a column image .* or a single one marked type=image, and found ph"):
        model(unmarked)


def test_one_of_several_columns_of_images_is_learned_and_asked_for(raw, quick):
    back = raw.domain["image"].copy(name="back")
    both = Table.from_numpy(
        Domain([], raw.domain.class_var, (back, *raw.domain.metas)), raw.X, raw.Y, np.c_[raw.metas[::-1], raw.metas]
    )
    model = FineTuneLearner(make_recipe(**quick), "image")(both)
    assert (model(both) == raw.Y).mean() > 0.9
    with pytest.raises(SourceError, match="Expected a column image that names images, and found photo: rename"):
        model(renamed(raw, image="photo"))


def test_fingerprint_covers_weights_file_and_steps_and_is_that_of_the_file(raw, quick, model, tmp_path):
    changed = FineTuneLearner(make_recipe(**quick | {"steps": ("gray", "mirror"), "epochs": 1, "head_epochs": 1}))
    other = pickle.loads(pickle.dumps(changed(raw)))
    for each, steps in ((model, ()), (other, ("gray", "mirror"))):
        (tmp_path / "net.keras").write_bytes(each.content)
        embedder, _ = open_finetuned(tmp_path / "net.keras", engine="tensorflow")
        assert each.fingerprint == embedder.fingerprint
        assert embedder.steps == steps
    assert "steps=gray+mirror" in other.fingerprint
    assert model.fingerprint.split("weights=")[1] != other.fingerprint.split("weights=")[1]


def test_steps_change_images_in_training_and_in_predictions(raw, quick):
    settings = quick | {"steps": ("crop:0,0,0.5,0.5",), "epochs": 2}
    model = FineTuneLearner(make_recipe(**settings))(raw)
    cropped = raw.copy()
    root = Path(raw.domain["image"].attributes["origin"])
    with cropped.unlocked(cropped.metas):
        cropped.metas[:, 0] = [str(crop(root / name)) for name in raw.metas[:, 0]]
    plain = FineTuneLearner(make_recipe(**settings | {"steps": ()}))(cropped)
    np.testing.assert_allclose(model(raw, FineTunedModel.Probs), plain(cropped, FineTunedModel.Probs), atol=2e-2)


def crop(path):
    """The upper left quarter of a drawing, as a file beside it; gives its path."""
    corner = path.with_name(f"corner-{path.name}")
    image = Image.open(path)
    image.crop((0, 0, image.width // 2, image.height // 2)).save(corner)
    return corner


def test_predictions_are_waited_for_with_a_way_to_cancel(raw, model, monkeypatch):
    told = []

    def cancel_later(work, title):
        def callback(fraction):
            told.append(fraction)
            if fraction >= 0.5:
                raise Cancelled("cancelled")

        return work(callback)

    monkeypatch.setattr("orangecontrib.transferlearning.waiting._waiter", cancel_later)
    with pytest.raises(DomainTransformationError, match="cancelled while"):
        model(Table.concatenate([raw, raw, raw]))
    assert told == sorted(told)
    # The second batch of 32.
    assert told[-2:] == pytest.approx([32 / 72, 64 / 72])


def test_command_classifies_by_a_model_that_save_model_has_written(raw, model, tmp_path):
    path = tmp_path / "model.pkcls"
    path.write_bytes(pickle.dumps(model))
    origin = Path(raw.domain.metas[0].attributes["origin"])
    names = [str(origin / name) for name in raw.metas[:3, 0]]
    result = CliRunner().invoke(cli.main, ["classify", str(path), *names, "--top", "1", "--format", "csv"])
    assert result.exit_code == 0, result.output
    values, probabilities = model(raw[:3], FineTunedModel.ValueProbs)
    told = [line.split(",") for line in result.stdout.splitlines()[1:]]
    assert [line[2] for line in told] == [VALUES[int(value)] for value in values]
    np.testing.assert_allclose([float(line[3]) for line in told], probabilities.max(axis=1), atol=1e-3)


@pytest.mark.thorough
def test_pickled_model_predicts_the_same_in_another_process_and_holds_no_table(raw, quick, tmp_path):
    model = FineTuneLearner(make_recipe(**quick | {"steps": ("gray",), "weights": str(quick["weights"]), "epochs": 2}))(
        raw
    )
    kept = copy.copy(model)
    kept.instances = raw
    content = pickle.dumps(kept)
    assert b"stripes/7.png" not in content
    (tmp_path / "model.pkl").write_bytes(content)
    with (tmp_path / "table.pkl").open("wb") as file:
        pickle.dump(renamed(raw, image="photo")[::8], file)
    code = (
        "import pickle, sys; load = lambda name: pickle.load(open(name, 'rb'));"
        "print(load(sys.argv[1])(load(sys.argv[2]), 1).tolist());"
        "print(sorted({'keras', 'tensorflow'} & set(sys.modules)))"
    )
    paths = [str(tmp_path / name) for name in ("model.pkl", "table.pkl")]
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    probabilities, loaded = map(eval, done.stdout.splitlines())
    np.testing.assert_allclose(probabilities, model(raw[::8], 1), atol=1e-5)
    assert loaded == []


def test_predictions_are_those_of_keras_and_the_temporary_file_goes_with_the_model(raw, model, tmp_path, monkeypatch):
    (tmp_path / "net.keras").write_bytes(model.content)
    network = keras.saving.load_model(tmp_path / "net.keras", compile=False)
    root = Path(raw.domain["image"].attributes["origin"])
    pixels = np.stack([read_image(root / name, network.input_shape[1:3]) for name in raw.metas[:, 0]])
    expected = network.predict_on_batch(squeezenet.preprocess_input(pixels.astype(np.float32)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    opened = pickle.loads(pickle.dumps(model))
    for each in (model, opened):
        np.testing.assert_allclose(each(raw, FineTunedModel.Probs), expected, atol=1e-5)
    assert (model.engine, opened.engine) == ("tensorflow", "auto")
    assert len(list(tmp_path.glob("*/network.keras"))) == 1
    del each, opened
    gc.collect()
    assert not list(tmp_path.glob("*/network.keras"))


def test_numbers_are_learned(raw, quick):
    domain = Domain([], ContinuousVariable("size"), raw.domain.metas)
    table = Table.from_numpy(domain, raw.X, 100.0 * raw.Y, raw.metas)
    model = FineTuneLearner(make_recipe(**quick | {"flip": True}))(table)
    predicted = model(table)
    assert predicted.shape == (24,)
    assert np.corrcoef(predicted, table.Y)[0, 1] > 0.8


def test_learner_has_plain_settings_that_make_another_of_its_kind(quick):
    learner = FineTuneLearner(make_recipe(**quick, flip=True, zoom=0.2))
    other = type(learner)(**learner.params)
    assert other.params == learner.params
    assert (other.recipe.tuning.epochs, other.recipe.tuning.augmentation.zoom, other.n_epochs) == (30, 0.2, (30, 30))
    assert copy.deepcopy(learner).params == learner.params
    assert pickle.loads(pickle.dumps(learner)).params == learner.params


def test_progress_is_told_and_training_cancelled(raw, quick):
    fractions = []

    def stop_late(fraction, *_):
        fractions.append(fraction)
        if fraction > 0.5:
            raise Cancelled

    learner = FineTuneLearner(make_recipe(**quick))
    with pytest.raises(Cancelled):
        learner(raw, stop_late)
    assert fractions == sorted(fractions)
    assert len(fractions) > 20
    assert learner.callback is None


def test_each_epoch_is_told_and_one_can_be_the_last(raw, quick):
    told = []
    learner = copy.copy(FineTuneLearner(make_recipe(**quick)))
    learner.tell = lambda *epoch: told.append(epoch) or epoch[:2] == (2, 1)
    model = learner(raw)
    assert [epoch for _, _, epoch in told] == list(model.history.epochs)
    assert told[-1][:2] == (2, 1)
    assert model.skipped == []


def test_tables_that_cannot_be_learned_from_or_predicted_are_refused(raw, model):
    with pytest.raises(ValueError, match="A class or a numeric target is needed"):
        FineTuneLearner()(raw.transform(Domain([], None, raw.domain.metas)))
    with pytest.raises(ValueError, match="A column of images is needed"):
        FineTuneLearner()(raw.transform(Domain([], raw.domain.class_var)))
    with pytest.raises(SourceError, match="a column image that names images, .* and found none: rename"):
        model(raw.transform(Domain([], raw.domain.class_var)))
    with pytest.raises(SettingError, match="give a table that names them"):
        model(np.zeros((1, 512)))


def test_block_of_the_page_on_fine_tuning_runs(raw, tmp_path, monkeypatch, capsys, quick):
    monkeypatch.chdir(tmp_path)
    raw.save("photos.tab")
    page = (Path(__file__).parents[2] / "doc" / "finetuning.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.S)
    # The same with small images and two folds.
    changes = {"k=5": "k=2", "flip=True": "**quick", "Embedder()": "Embedder('SqueezeNet', image_size=(64, 64))"}
    for long, short in changes.items():
        block = block.replace(long, short)
    exec(compile(block, "doc/finetuning.md", "exec"), {"quick": quick})
    assert re.match(r"\[[01]\.\d* *[01]\.\d* *\]", capsys.readouterr().out)
