"""Which backend Keras takes is read as Keras reads it."""

import pytest

from orangecontrib.transferlearning.kerasbackend import read_backend


@pytest.mark.parametrize(
    "variable, text, expected",
    [
        (None, None, "tensorflow"),
        (None, '{"backend": "jax"}', "jax"),
        ("torch", '{"backend": "jax"}', "torch"),
        ("", '{"backend": "jax"}', "jax"),
        (None, '{"floatx": "float32"}', "tensorflow"),
        (None, "[]", "tensorflow"),
        (None, "{", "tensorflow"),
    ],
)
def test_backend_is_that_of_the_environment_then_of_the_file(tmp_path, monkeypatch, variable, text, expected):
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    if variable is not None:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if text is not None:
        (tmp_path / "keras.json").write_text(text)
    assert read_backend() == expected
