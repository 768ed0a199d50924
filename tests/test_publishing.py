"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from orangecontrib.transferlearning.errors import SinkError
from orangecontrib.transferlearning.publishing import WholeFiles


@pytest.mark.parametrize("error, seen", [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(28, "full"), SinkError)])
def test_nothing_stays_where_files_cannot_all_be_opened(tmp_path, monkeypatch, error, seen):
    usual = Path.open

    def stop_at_the_second(path, **options):
        if "two" in path.name:
            raise error
        return usual(path, **options)

    monkeypatch.setattr(Path, "open", stop_at_the_second)
    with pytest.raises(seen), WholeFiles((tmp_path / "one", tmp_path / "two"), overwrite=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["one", "old"])
def test_output_of_another_run_that_finished_meanwhile_is_not_replaced(tmp_path, taken):
    files = WholeFiles((tmp_path / "one",), overwrite=False, stale=(tmp_path / "old",))
    with pytest.raises(SinkError, match=f"{taken} is there already"), files:
        tmp_path.joinpath(taken).write_text("theirs")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(taken, "theirs")]
