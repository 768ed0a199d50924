"""Steps that take the command and Python: README's, in README's order."""

import csv
import json
import re
import sys
from pathlib import Path

import h5py
from PIL import Image
from session import KINDS, N_LEARNED, N_NEW, Session

N_FEATURES = 832
"""Of the default networks."""

README = Path(__file__).parents[2] / "README.md"


def demo(session: Session) -> str:
    """README's first command."""
    said = session.command("demo").out
    scores = {
        name: float(score) for name, score in re.findall(r"^(logistic regression|svm|random forest) +(\S+)", said, re.M)
    }
    assert len(scores) == 3, said
    assert scores["logistic regression"] > 0.93, said
    with (session.folder / "transferlearning-demo" / "digits.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 501, len(rows)
    return f"CA {scores['logistic regression']}"


def embed_to_hdf5(session: Session) -> str:
    """Features of a folder of images."""
    said = session.command("embed flowers flowers.h5").out
    with h5py.File(session.folder / "flowers.h5") as file:
        shapes = [data.shape for data in file.values() if isinstance(data, h5py.Dataset)]
    assert (len(KINDS) * N_LEARNED, N_FEATURES) in shapes, shapes
    engine = "TensorFlow" if "openvino" in session.missing else "OpenVINO"
    assert f"by {engine}" in said, said
    return f"{len(KINDS) * N_LEARNED} x {N_FEATURES}, by {engine}"


def embed_to_csv(session: Session) -> str:
    """The same, as text."""
    session.command("embed flowers flowers.csv --keys")
    with (session.folder / "flowers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(KINDS) * N_LEARNED, len(rows)
    assert {f"n{number}" for number in range(N_FEATURES)} <= set(rows[0]), list(rows[0])[:5]
    assert any(float(row["n2"]) > 0 for row in rows)
    return f"{len(rows)} rows"


def train(session: Session) -> str:
    """A model on the features."""
    said = session.command("train flowers.h5 flowers").out
    accuracy = float(re.search(r"^test accuracy: (\S+)", said, re.M)[1])
    assert accuracy >= 0.8, said
    return f"accuracy {accuracy}"


def classify(session: Session) -> str:
    """What that model says of new images."""
    said = json.loads(session.command("classify flowers.pkcls new --format json").out)
    return _rightly_classified([entry["classes"][0]["name"] for entry in said])


def network(session: Session) -> str:
    """A small network instead, with Keras."""
    done = session.needs_tensorflow("network flowers.h5 small --epochs 20")
    if not done:
        return "says that it needs TensorFlow"
    accuracy = float(re.search(r"^test accuracy: (\S+)", done.out, re.M)[1])
    assert accuracy >= 0.8, done.out
    said = json.loads(session.command("classify small.pkcls new --format json").out)
    return _rightly_classified([entry["classes"][0]["name"] for entry in said])


def finetune(session: Session) -> str:
    """The network's last layers trained further."""
    done = session.needs_tensorflow("finetune flowers tuned.keras --head-epochs 10 --epochs 1")
    if not done:
        return "says that it needs TensorFlow"
    said = json.loads(session.command("predict new --weights tuned.keras --format json").out)
    return _rightly_classified([entry["classes"][0]["name"] for entry in said])


def _rightly_classified(names: list[str]) -> str:
    expected = [kind for kind in KINDS for _ in range(N_NEW)]
    n_right = sum(name == kind for name, kind in zip(names, expected, strict=True))
    assert n_right >= len(expected) - 1, names
    return f"{n_right} of {len(expected)} right"


def predict(session: Session) -> str:
    """ImageNet's classes."""
    (said,) = json.loads(session.command("predict tulip.jpg --format json").out)
    shares = [each["probability"] for each in said["classes"]]
    assert len(shares) == 5, said
    assert 0.01 < sum(shares) <= 1.001, said
    assert shares == sorted(shares, reverse=True), said
    return said["classes"][0]["name"]


def maps(session: Session) -> str:
    """What the layers see."""
    if not session.needs_tensorflow("maps tulip.jpg"):
        return "says that it needs TensorFlow"
    with Image.open(session.folder / "tulip-maps.png") as drawn:
        assert min(drawn.size) > 100, drawn.size
        return "{} x {} pixels".format(*drawn.size)


def compare(session: Session) -> str:
    """Presets side by side."""
    said = session.command("compare flowers --preset quick --preset balanced --folds 2").out
    scores = re.findall(r"^(quick|balanced) +Logistic Regression +(\S+)", said, re.M)
    assert [name for name, _ in scores] == ["quick", "balanced"], said
    assert min(float(score) for _, score in scores) >= 0.8, said
    return ", ".join(map(" ".join, scores))


def backend_that_is_not_there(session: Session) -> str:
    """A setting of old times gives a line, not pages of Keras'."""
    (session.home / ".keras").mkdir(exist_ok=True)
    settings = session.home / ".keras" / "keras.json"
    settings.write_text('{"backend": "theano"}', encoding="utf-8")
    try:
        done = session.command("embed flowers other.h5 --no-cache", code=2)
    finally:
        settings.unlink()
    assert "theano" in done.last_line, done.error
    return done.last_line[:60] + " ..."


def pack_and_unpack(session: Session) -> str:
    """A class pack of the default networks; those without OpenVINO are told."""
    if "openvino" in session.missing:
        done = session.command("pack class.zip --preset balanced", code=2)
        assert "OpenVINO" in done.last_line, done.error
        return done.last_line[:60] + " ..."
    session.command("pack class.zip --preset balanced --images new --features")
    said = session.command("unpack class.zip lesson").out
    assert "832 features, ready" in said, said
    assert len(list((session.folder / "lesson").rglob("*.jpg"))) == len(KINDS) * N_NEW, said
    return f"{(session.folder / 'class.zip').stat().st_size / 1e6:.0f} MB"


def five_lines_of_python(session: Session) -> str:
    """README's."""
    (lines,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    (session.folder / "five.py").write_text(lines, encoding="utf-8")
    accuracy = float(session.run([sys.executable, "five.py"]).out.strip().strip("[]"))
    assert accuracy >= 0.8, accuracy
    return f"CA {accuracy:.3f}"


STEPS = [
    demo,
    embed_to_hdf5,
    embed_to_csv,
    train,
    classify,
    network,
    finetune,
    predict,
    maps,
    compare,
    backend_that_is_not_there,
    pack_and_unpack,
    five_lines_of_python,
]
