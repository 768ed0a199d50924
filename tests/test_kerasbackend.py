"""Which backend Keras takes is read as Keras reads it, and what it cannot be is said in a line."""

import sys

import pytest

from orangecontrib.transferlearning.errors import SettingError
from orangecontrib.transferlearning.kerasbackend import check_backend, check_installed


@pytest.fixture
def set_keras(tmp_path, monkeypatch):
    """Set the environment variable (None: unset it) and the text of keras.json (None: there is none)."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for package in ("jax", "torch", "openvino"):
        monkeypatch.setitem(sys.modules, package, None)  # as if it was not installed

    def set_keras(variable, text):
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
        if variable is not None:
            monkeypatch.setenv("KERAS_BACKEND", variable)
        if text is not None:
            (tmp_path / "keras.json").write_text(text)

    return set_keras


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Have a package of this name be found, which cannot be imported."""

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
    assert str(raised.value) == f"The backend in {tmp_path / 'keras.json'} is {known}set it to 'tensorflow'."


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
        ("[]", "in {path} are not names with values"),
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
