"""Tables of images to tables of features, and on to Orange's learners."""

import os
import time

import numpy as np
import pytest
from Orange.classification import LogisticRegressionLearner, RandomForestLearner, SVMLearner
from Orange.data import ContinuousVariable, DiscreteVariable, Domain, StringVariable, Table
from Orange.evaluation import CA, CrossValidation
from PIL import Image

from orangecontrib.transferlearning.embedding.embedder import Embedder
from orangecontrib.transferlearning.errors import Cancelled, SettingError, SourceError
from orangecontrib.transferlearning.orange.embed_table import embed_table, to_table
from orangecontrib.transferlearning.orange.image_columns import TableSource, find_image_column, image_columns
from orangecontrib.transferlearning.records import Embeddings


@pytest.fixture
def table(photos):
    """Five images, the third of which cannot be read; rows carry a number, a class, a name."""
    image = StringVariable("image")
    image.attributes = {"type": "image", "origin": str(photos)}
    domain = Domain(
        [ContinuousVariable("weight")], DiscreteVariable("kind", ("a", "b")), [StringVariable("name"), image]
    )
    paths = ["a/1.png", "a/2.png", "b/2.png", "b/1.png", "b/3.png"]
    made = Table.from_numpy(
        domain,
        np.arange(5.0)[:, None],
        np.array([0, 0, 1, 1, 1.0]),
        np.array([[f"no {i}", p] for i, p in enumerate(paths)], object),
    )
    made.name = "my images"
    return made


def test_features_follow_the_attributes_and_everything_else_is_kept(fake_network, table):
    embedded, _ = embed_table(table, Embedder("SqueezeNet"))
    assert [v.name for v in embedded.domain.attributes] == ["weight", "n0", "n1", "n2", "n3"]
    np.testing.assert_array_equal(
        embedded.X, [[0, 255, 0, 0, 255], [1, 0, 255, 0, 0], [3, 0, 0, 255, 0], [4, 90, 90, 90, 90]]
    )
    assert embedded.domain.class_vars == table.domain.class_vars
    assert embedded.domain.metas == table.domain.metas
    kept = [0, 1, 3, 4]
    np.testing.assert_array_equal(embedded.Y, table.Y[kept])
    np.testing.assert_array_equal(embedded.metas, table.metas[kept])
    np.testing.assert_array_equal(embedded.ids, table.ids[kept])
    assert embedded.name == "my images"


def test_features_of_two_networks_are_told_apart_by_name_when_asked(fake_network, table):
    first, _ = embed_table(table, Embedder("SqueezeNet"), has_prefix=True)
    second, _ = embed_table(table, Embedder("SqueezeNet", pooling="max"), has_prefix=True)
    names = [[each.name for each in made.domain.attributes[1:]] for made in (first, second)]
    assert names == [[f"SqueezeNet {words} n{i}" for i in range(4)] for words in ("mean", "mean max")]
    merged = Domain(first.domain.attributes + second.domain.attributes[1:], None, first.domain.metas)
    np.testing.assert_array_equal(table.transform(merged).X[[0, 1, 3, 4]], np.hstack((first.X, second.X[:, 1:])))


def test_features_with_a_prefix_are_found_in_a_table_of_features(fake_network, table):
    plain, _ = embed_table(table, Embedder("SqueezeNet"))
    prefixed, _ = embed_table(table, Embedder("SqueezeNet"), has_prefix=True)
    for one, other in ((plain, prefixed), (prefixed, plain)):
        np.testing.assert_array_equal(one.transform(other.domain).X, other.X)


def test_skipped_images_keep_their_row_and_say_why(fake_network, table):
    _, skipped = embed_table(table, Embedder("SqueezeNet"))
    assert [v.name for v in skipped.domain.metas] == ["name", "image", "reason"]
    assert skipped.domain.attributes == table.domain.attributes
    assert skipped.ids.tolist() == [table.ids[2]]
    assert skipped.metas[0, 0] == "no 2"
    assert "not an image" in skipped.metas[0, 2]


def test_no_skipped_table_when_all_is_well_and_no_embeddings_when_nothing_is(fake_network, table):
    embedded, skipped = embed_table(table[:2], Embedder("SqueezeNet"))
    assert (len(embedded), skipped) == (2, None)
    embedded, skipped = embed_table(table[2:3], Embedder("SqueezeNet"))
    assert (embedded, len(skipped)) == (None, 1)


def test_features_are_hidden_and_know_their_embedder(fake_network, table):
    embedder = Embedder("SqueezeNet", pooling="max")
    embedded, _ = embed_table(table, embedder)
    for variable in embedded.domain.attributes[1:]:
        assert variable.attributes == {"hidden": True, "_fingerprint": embedder.fingerprint}


def test_data_table_shows_no_fingerprint_in_its_header(fake_network, table):
    from Orange.widgets.data.utils.models import RichTableModel

    embedded, _ = embed_table(table, Embedder("SqueezeNet", weights=None))
    assert {"_fingerprint", "_weights"} <= embedded.domain.attributes[-1].attributes.keys()
    labels = RichTableModel(embedded)._labels
    assert "hidden" in labels and not any("print" in label or "weights" in label for label in labels)


def test_second_embedding_gets_names_of_its_own(fake_network, table):
    once, _ = embed_table(table, Embedder("SqueezeNet"))
    twice, _ = embed_table(once, Embedder("SqueezeNet"))
    assert [v.name for v in twice.domain.attributes[1:]] == [
        "n0", "n1", "n2", "n3", "n0 (1)", "n1 (1)", "n2 (1)", "n3 (1)",
    ]  # fmt: skip
    np.testing.assert_array_equal(twice.X[:, 1:5], twice.X[:, 5:])


def test_subclass_of_table_stays_what_it_is(fake_network, table):
    class Corpus(Table):
        pass

    embedded, skipped = embed_table(Corpus.from_table(table.domain, table), Embedder("SqueezeNet"))
    assert type(embedded) is Corpus
    assert type(skipped) is Corpus


def test_sparse_tables_come_out_dense(fake_network, table):
    embedded, _ = embed_table(table.to_sparse(), Embedder("SqueezeNet"))
    np.testing.assert_array_equal(embedded.X[:, 1], [255, 0, 0, 90])


def test_progress_is_told_and_cancelling_stops(fake_network, table):
    heard = []
    embed_table(table, Embedder("SqueezeNet", batch_size=2), callback=heard.append)
    assert heard == [0.4, 1.0]

    def cancel(fraction):
        raise Cancelled

    with pytest.raises(Cancelled):
        embed_table(table, Embedder("SqueezeNet", batch_size=2), callback=cancel)


def test_image_columns_are_text_and_categories_with_the_marked_one_first():
    marked = DiscreteVariable("photo", ("x.png",))
    marked.attributes["type"] = "Image"
    text, number = StringVariable("text"), ContinuousVariable("number")
    domain = Domain([DiscreteVariable("attribute", ("x",))], None, [text, number, marked])
    assert [v.name for v in image_columns(domain)] == ["photo", "text"]
    assert find_image_column(domain) is marked
    assert find_image_column(domain, "text") is text


@pytest.mark.parametrize(
    "column, words", [("number", "no column number"), ("absent", r"no column absent.*\(it has: text\)")]
)
def test_column_that_names_no_images_is_refused(column, words):
    with pytest.raises(SourceError, match=words):
        find_image_column(Domain([], None, [StringVariable("text"), ContinuousVariable("number")]), column)


def test_table_without_text_is_refused():
    with pytest.raises(SourceError, match="no text column"):
        find_image_column(Domain([ContinuousVariable("x")]))


@pytest.mark.parametrize(
    "origin, name, location",
    [
        ("", "a.png", "a.png"),
        ("/home/me", "b/a.png", os.path.join("/home/me", "b/a.png")),
        ("/home/me", "IMG:1.jpg", os.path.join("/home/me", "IMG:1.jpg")),
        ("/home/me", "//[photo].png", os.path.join("/home/me", "//[photo].png")),
        ("", "//[photo].png", "//[photo].png"),
        ("/home/me", "/else/a.png", "/else/a.png"),
        ("/home/me", "https://x.org/a.png", "https://x.org/a.png"),
        ("https://x.org/pics", "b/a.png", "https://x.org/pics/b/a.png"),
        ("https://x.org/pics", "/a.png", "https://x.org/a.png"),
        ("https://x.org/pics", "IMG:1.jpg", "https://x.org/pics/IMG:1.jpg"),
        ("C:\\me", "ftp://x.org/a.png", "ftp://x.org/a.png"),
        ("/home/me", "data:image/png;base64,AA", "data:image/png;base64,AA"),
    ],
)
def test_names_start_from_the_columns_origin(origin, name, location):
    image = StringVariable("image")
    image.attributes["origin"] = origin
    source = TableSource(Table.from_list(Domain([], None, [image]), [[name]]), image)
    assert [item.location for item in source] == [location]


@pytest.mark.parametrize("origin", ["https://x.org/pics", "https://[x.org"])
def test_name_that_gives_no_address_is_skipped_with_a_reason(fake_network, origin):
    image = StringVariable("image")
    image.attributes["origin"] = origin
    table = Table.from_list(Domain([], None, [image]), [["//[photo].png"]])
    embedded, skipped = embed_table(table, Embedder("SqueezeNet"))
    assert embedded is None
    assert str(skipped[0, "reason"]).startswith("not a valid address")


def test_missing_names_are_skipped_not_taken_for_files(fake_network):
    text, category = StringVariable("t"), DiscreteVariable("c", ("x",))
    for variable, value in ((text, ""), (text, None), (category, None)):
        table = Table.from_list(Domain([], None, [variable]), [[value]])
        embedded, skipped = embed_table(table, Embedder("SqueezeNet"))
        assert embedded is None
        assert "no file" in str(skipped.metas[0, 1]) or "names no" in str(skipped.metas[0, 1])


def test_categorical_column_names_images(fake_network, photos):
    image = DiscreteVariable("image", ("a/1.png", "b/3.png"))
    image.attributes = {"type": "image", "origin": str(photos)}
    table = Table.from_numpy(Domain([], None, [image]), np.empty((3, 0)), None, np.array([[1], [0], [1]], object))
    embedded, _ = embed_table(table, Embedder("SqueezeNet"))
    np.testing.assert_array_equal(embedded.X[:, 0], [90, 255, 90])


def test_labels_become_a_class_with_sorted_values():
    table = to_table(Embeddings(["p", "q", "r"], np.eye(3, dtype=np.float32), ["b", None, "a"]), "kind")
    assert table.domain.class_var.name == "kind"
    assert table.domain.class_var.values == ("a", "b")
    np.testing.assert_array_equal(table.Y, [1, np.nan, 0])
    assert table.metas.tolist() == [["p"], ["q"], ["r"]]
    np.testing.assert_array_equal(table.X, np.eye(3))


def test_numbers_as_labels_are_classes_in_order_of_size():
    table = to_table(Embeddings(["p", "q", "r"], np.eye(3, dtype=np.float32), [10, 9, 9.5]))
    assert table.domain.class_var.values == ("9", "9.5", "10")


def test_number_and_text_that_read_the_same_are_one_class():
    table = to_table(Embeddings(["p", "q", "r"], np.eye(3, dtype=np.float32), [1, "1", "01"]))
    assert table.domain.class_var.values == ("01", "1")
    assert table.Y.tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    "label_name, names", [("n1", ["n0 (1)", "n1 (1)", "n1", "key"]), ("key", ["n0", "n1", "key", "key (1)"])]
)
def test_labels_keep_their_name_and_what_is_called_so_too_gets_another(label_name, names):
    table = to_table(Embeddings(["p", "q"], np.eye(2, dtype=np.float32), ["a", "b"]), label_name)
    assert [v.name for v in (*table.domain.variables, *table.domain.metas)] == names


def test_features_of_a_table_know_their_embedder_where_it_is_known():
    features = np.eye(2, dtype=np.float32)
    for fingerprint, attributes in (("", {"hidden": True}), ("net 1", {"hidden": True, "_fingerprint": "net 1"})):
        table = to_table(Embeddings(["p", "q"], features, ["a", "b"], fingerprint=fingerprint))
        assert [v.attributes for v in table.domain.attributes] == [attributes] * 2


def test_many_classes_take_no_time():
    start = time.perf_counter()
    to_table(Embeddings(list(map(str, range(20_000))), np.zeros((20_000, 1), np.float32), list(range(20_000))))
    assert time.perf_counter() - start < 5


def test_images_that_nobody_labelled_have_no_class():
    table = to_table(Embeddings(["p"], np.eye(1, dtype=np.float32), [None]))
    assert table.domain.class_var is None


@pytest.fixture
def stripes(tmp_path):
    """Twelve images each of lying and of standing stripes, with noise, in a folder a class."""
    random = np.random.default_rng(0)
    for number in range(12):
        for name, axis in (("lying", 0), ("standing", 1)):
            wave = 127 + 80 * np.sin(np.arange(96) / random.uniform(2, 6) + random.uniform(0, 6))
            gray = np.broadcast_to(wave[:, None] if axis == 0 else wave[None, :], (96, 96))
            noisy = np.clip(gray + random.normal(0, 25, (96, 96)), 0, 255).astype(np.uint8)
            (tmp_path / name).mkdir(exist_ok=True)
            Image.fromarray(noisy).save(tmp_path / name / f"{number:02}.png")
    return tmp_path


def test_import_images_to_features_to_orange_learners(stripes):
    imports = pytest.importorskip("orangecontrib.imageanalytics.import_images")
    images, n_errors = imports.ImportImages()(str(stripes))
    assert n_errors == 0
    embedded, skipped = embed_table(images, Embedder("SqueezeNet"))
    assert skipped is None
    assert embedded.X.shape == (24, 512)
    assert embedded.domain.class_var.values == ("lying", "standing")
    learners = [SVMLearner(), LogisticRegressionLearner(), RandomForestLearner(random_state=0)]
    results = CrossValidation(k=3, random_state=0)(embedded, learners)
    # The SVM has 16 images to learn from in each fold.
    np.testing.assert_array_less([0.75, 0.95, 0.9], CA(results))


def test_target_becomes_a_continuous_class():
    features = np.ones((3, 2), np.float32)
    table = to_table(Embeddings(["a", "b", "c"], features, [0.5, None, -2]), "angle", target=True)
    assert isinstance(table.domain.class_var, ContinuousVariable)
    assert table.domain.class_var.name == "angle"
    np.testing.assert_array_equal(table.Y, [0.5, np.nan, -2])


def test_numbers_to_predict_may_have_been_read_as_text():
    table = to_table(Embeddings(["a", "b", "c"], np.ones((3, 2)), ["0.50", None, "-2.0"]), "angle", target=True)
    assert table.domain.class_var.is_continuous
    np.testing.assert_array_equal(table.Y, [0.5, np.nan, -2])


def test_target_that_is_text_is_refused():
    with pytest.raises(SourceError, match="Expected numbers to predict in road, found 'left'"):
        to_table(Embeddings(["a"], np.ones((1, 2)), ["left"]), "road", target=True)


def test_features_of_rows_are_named_by_their_columns_and_metas_travel():
    features = np.arange(4, dtype=np.float32)[None]
    table = to_table(
        Embeddings(["a"], features, [1.5], metas=[{"speed": 10, "frame": "x"}], columns=("left", "right")),
        "angle",
        True,
    )
    assert [v.name for v in table.domain.attributes] == ["left n0", "left n1", "right n0", "right n1"]
    assert [v.name for v in table.domain.metas] == ["key", "speed", "frame"]
    assert table.metas.tolist() == [["a", 10.0, "x"]]


def test_maps_are_no_columns_of_a_table(fake_network, table):
    with pytest.raises(SettingError, match="not a map of 3 x 4 x 3: pool by avg, max or flatten"):
        embed_table(table, Embedder("SqueezeNet", pooling="none"))
    maps = Embeddings(["a"], np.zeros((1, 3, 4, 5), np.float32), [None])
    with pytest.raises(SettingError, match="not a map of 3 x 4 x 5"):
        to_table(maps)
