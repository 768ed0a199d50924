"""The backend is read as Keras reads it, and errors of libraries and settings are one line."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from orangecontrib.transferlearning.backbones.libraries import (
    check_backend,
    check_eager,
    check_installed,
    check_keras,
    check_training,
    hidden_package,
    load_keras,
)
from orangecontrib.transferlearning.commands.cli import main
from orangecontrib.transferlearning.errors import SettingError, TransferLearningError

from ..commands.test_train import save
from ..samples_models import paint
from ..samples_training import clouds


@pytest.fixture
def set_keras(tmp_path, monkeypatch):
    """Return a function that sets KERAS_BACKEND (None: unset) and the text of keras.json (None: no file)."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for package in ("jax", "torch", "openvino"):
        monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed

    def set_keras(variable, text):
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        if variable is not None:
            monkeypatch.setenv("KERAS_BACKEND", variable)
        if text is not None:
            (tmp_path / "keras.json").write_text(text)

    return set_keras


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that adds a package that is found, but cannot be imported."""

    def install(name):
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "__init__.py").write_text("raise ImportError('DLL load failed')")
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return install


@pytest.mark.parametrize(
    "variable, text, expected",
    [
        (None, None, "tensorflow"),
        (None, '{"backend": "jax"}', "jax"),
        ("torch", '{"backend": "jax"}', "torch"),
        ("torch", '{"backend": "theano"}', "torch"),
        ("", '{"backend": "jax"}', "jax"),
        (None, '{"floatx": "float32", "epsilon": 1e-07, "image_data_format": "channels_last"}', "tensorflow"),
    ],
)
def test_backend_is_that_of_the_environment_then_of_the_file(set_keras, installed, variable, text, expected):
    set_keras(variable, text)
    if expected != "tensorflow":
        installed(expected)
    assert check_backend() == expected


@pytest.mark.parametrize("name", ["theano", "cntk", "TensorFlow", "numpy", " jax"])
def test_backend_that_is_not_known_is_named_with_those_that_are(set_keras, tmp_path, name):
    known = f"{name!r}, not one of tensorflow, jax, torch, openvino: name one of these, or "
    set_keras(name, None)
    with pytest.raises(SettingError) as raised:
        check_backend()
    assert str(raised.value) == f"The environment variable KERAS_BACKEND is {known}unset it."
    set_keras(None, f'{{"backend": "{name}"}}')
    with pytest.raises(SettingError) as raised:
        check_backend()
    assert str(raised.value) == f"The backend in {tmp_path / 'keras.json'} is {known}leave it out."


@pytest.mark.parametrize("name", ["jax", "torch", "openvino"])
def test_backend_that_is_not_installed_is_told_with_what_installs_it(set_keras, tmp_path, name):
    set_keras(name, None)
    with pytest.raises(SettingError) as raised:
        check_backend()
    assert str(raised.value) == (
        f"The environment variable KERAS_BACKEND is '{name}', which is not installed: "
        f"`pip install {name}`, or unset it."
    )


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "cannot be read from {path} (Expecting property name"),
        ("", "cannot be read from {path} (Expecting value"),
        ("[]", "in {path} are not a JSON object"),
        ('{"backend": null}', "backend in {path} is None, not one of"),
        ('{"backend": ""}', "backend in {path} is '', not one of"),
        ('{"backend": ["jax"]}', "backend in {path} is ['jax'], not one of"),
        (
            '{"floatx": "float16"}',
            "{path} sets floatx to 'float16', which would change the features: set it to 'float32'",
        ),
        ('{"image_data_format": "channels_first"}', "{path} sets image_data_format to 'channels_first', which would"),
        ('{"epsilon": 1}', "{path} sets epsilon to 1, not to a number such as 1e-07"),
    ],
)
def test_what_is_wrong_with_the_file_is_told_with_its_path(set_keras, tmp_path, text, message):
    set_keras(None, text)
    with pytest.raises(SettingError) as raised:
        check_backend()
    assert message.format(path=tmp_path / "keras.json") in str(raised.value)
    assert "\n" not in str(raised.value)


def test_file_that_cannot_be_opened_is_told(set_keras, tmp_path):
    set_keras(None, None)
    (tmp_path / "keras.json").mkdir()
    with pytest.raises(SettingError, match="cannot be read"):
        check_backend()


def test_folder_that_is_none_holds_no_settings(set_keras, tmp_path, monkeypatch):
    set_keras(None, None)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    assert check_backend() == "tensorflow"


def test_home_folder_of_keras_is_read(set_keras, tmp_path, monkeypatch):
    set_keras(None, None)
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setattr("os.path.expanduser", lambda path: path.replace("~", str(tmp_path)))
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text('{"backend": "theano"}')
    with pytest.raises(SettingError, match="theano"):
        check_backend()


def test_tensorflow_is_the_choice_also_where_it_is_not_installed(set_keras, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    set_keras("tensorflow", None)
    assert check_backend() == "tensorflow"
    with pytest.raises(SettingError, match="needs TensorFlow, which is not installed: `pip install tensorflow`"):
        check_installed("tensorflow")


@pytest.mark.parametrize("check", [load_keras, check_keras, check_eager, check_training])
def test_whatever_needs_keras_asks_for_tensorflow_where_it_is_not_installed(set_keras, monkeypatch, check):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    set_keras(None, None)
    with pytest.raises(SettingError, match="^This needs TensorFlow, which is not installed"):
        check()


def test_openvino_does_not_train(set_keras, installed, monkeypatch):
    set_keras("openvino", None)
    installed("openvino")
    assert check_backend() == "openvino"
    with pytest.raises(SettingError, match="openvino, which cannot train: set KERAS_BACKEND, or the backend in kera"):
        check_training()
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(SettingError, match="needs TensorFlow, which is not installed: `pip install tensorflow`"):
        check_training()


BROKEN = """
try:
    raise ImportError("DLL load failed\\nwhile importing _pywrap")
except ImportError as error:
    raise AttributeError("Traceback (most recent call last):\\n  File ...") from error
"""


def test_installed_backend_that_cannot_be_loaded_is_told_by_its_first_cause(set_keras, monkeypatch, tmp_path):
    (tmp_path / "keras.py").write_text(BROKEN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    set_keras(None, None)
    with pytest.raises(TransferLearningError) as raised:
        load_keras()
    assert str(raised.value) == (
        "Keras cannot be loaded with tensorflow (ImportError: DLL load failed): reinstall both, "
        "`pip install --force-reinstall keras tensorflow`."
    )


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError()",
        "ImportError('libtensorflow_cc.so.2: failed to map segment from shared object')",
        "OSError('libtorch.so: cannot allocate memory in static TLS block: Cannot allocate memory')",
        "OSError('[WinError 1455] The paging file is too small for this operation to complete')",
    ],
)
def test_lack_of_memory_is_no_broken_installation(set_keras, monkeypatch, tmp_path, error):
    (tmp_path / "keras.py").write_text(f"raise {error}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    set_keras(None, None)
    with pytest.raises(MemoryError, match="^There is not enough memory to load Keras with tensorflow.$"):
        load_keras()


COMMANDS = {
    "embed": ["images", "out.h5"],
    "predict": ["images/red/00.png"],
    "finetune": ["images", "out.keras"],
    "maps": ["images/red/00.png", "out.png"],
    "network": ["features.h5", "out.pkcls"],
}


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """Return a function for the arguments of a command that needs Keras, and write its files."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    paint(tmp_path / "work" / "images")
    save(tmp_path / "work" / "features.h5", *clouds())
    return lambda command: [command, *COMMANDS[command]]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "variable, text, expected",
    [
        ("theano", None, "Error: The environment variable KERAS_BACKEND is 'theano', not one of tensorflow, jax, "),
        ("jax", None, "Error: The environment variable KERAS_BACKEND is 'jax', which is not installed: `pip install"),
        (None, '{"backend": "cntk"}', "Error: The backend in {path} is 'cntk', not one of tensorflow, jax, torch, "),
        (None, "{", "Error: The settings of Keras cannot be read from {path} (Expecting property name enclosed in "),
    ],
)
def test_command_says_in_a_line_what_keras_cannot_take(
    set_keras, tmp_path, arguments, command, variable, text, expected
):
    set_keras(variable, text)
    result = CliRunner().invoke(main, arguments(command))
    assert result.exit_code == 2
    assert result.stdout == ""
    *before, line = result.stderr.splitlines()
    assert line.startswith(expected.format(path=tmp_path / "keras.json"))
    assert before in ([], ["Loading SqueezeNet 1.1 ..."], ["Loading SqueezeNet 1.1 + EfficientNet-Lite0 ..."])
    assert not list((tmp_path / "work").glob("*out*"))


@pytest.mark.thorough
def test_broken_tensorflow_is_told_in_a_line_and_its_own_many_are_not(set_keras, tmp_path, arguments):
    set_keras(None, None)
    (tmp_path / "site" / "tensorflow").mkdir(parents=True)
    (tmp_path / "site" / "tensorflow" / "__init__.py").write_text(
        "import sys\n"
        "sys.stderr.write('compiled for another NumPy\\n' * 30)\n"
        "raise AttributeError('_ARRAY_API not found')"
    )
    done = subprocess.run(
        [sys.executable, "-m", "orangecontrib.transferlearning", *arguments("network")],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "Error: Keras cannot be loaded with tensorflow (AttributeError: _ARRAY_API not found): reinstall both, "
        "`pip install --force-reinstall keras tensorflow`."
    ]


@pytest.mark.parametrize("is_imported", [True, False])
def test_hidden_package_is_as_if_not_installed_and_then_as_before(monkeypatch, is_imported):
    import tomllib as before

    if not is_imported:
        monkeypatch.delitem(sys.modules, "tomllib")
    finders = list(sys.meta_path)
    with hidden_package("tomllib"):
        assert "tomllib" not in sys.modules
        with pytest.raises(ModuleNotFoundError, match="^No module named 'tomllib'$"):
            import tomllib
    assert sys.meta_path == finders
    assert sys.modules.get("tomllib") is (before if is_imported else None)
    import tomllib

    assert tomllib.loads("a = 1") == {"a": 1}


pytest.importorskip("openvino")


def test_import_reports_to_nobody_and_leaves_no_files(tmp_path):
    pytest.importorskip("openvino_telemetry.utils.sender")
    code = (
        "import sys; from openvino_telemetry.utils.sender import TelemetrySender\n"
        "sent = []\n"
        "TelemetrySender.send = lambda self, *report: sent.append(report)\n"
        "from orangecontrib.transferlearning.backbones.libraries import import_openvino\n"
        "reporter = sys.modules['openvino_telemetry']\n"
        "import_openvino()\n"
        "print(len(sent), 'openvino' in sys.modules, sys.modules['openvino_telemetry'] is reporter)"
    )
    home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | home
    )
    assert done.stdout.split() == ["0", "True", "True"]
    assert list(tmp_path.iterdir()) == []
