"""The memory that training takes is estimated and compared with the free memory."""

import pytest

from orangecontrib.transferlearning.errors import TrainingError
from orangecontrib.transferlearning.training import memory
from orangecontrib.transferlearning.training.learners import CLASS_LEARNERS


def test_need_grows_with_the_features_and_with_what_the_learner_copies():
    small, large = (memory.memory_for_training(n, 1000, CLASS_LEARNERS["forest"]) for n in (1000, 2000))
    assert large - small == round(4e6 * (1 + CLASS_LEARNERS["forest"].copies))
    assert small - round(4e6 * (1 + CLASS_LEARNERS["forest"].copies)) == memory.FIXED_BYTES
    assert memory.memory_for_training(1000, 1000, CLASS_LEARNERS["svm"]) > small


def test_free_memory_is_some_of_this_computer_s():
    assert 0 < memory.free_memory() < 2**50


def test_limit_of_a_container_counts(monkeypatch, tmp_path):
    job = tmp_path / "jobs" / "one"
    job.mkdir(parents=True)
    (tmp_path / "group").write_text("0::/jobs/one\n")
    for folder, limit in ((job, "max"), (job.parent, "5000000")):
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text("2000000\n")
        (folder / "memory.stat").write_text("anon 1\ninactive_file 300000\n")
    monkeypatch.setattr(memory, "_GROUP", tmp_path / "group")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    assert memory.free_memory() == 3_300_000


def test_too_large_features_are_refused_with_both_numbers_and_ways_out(monkeypatch):
    monkeypatch.setattr(memory, "free_memory", lambda: 3 * 2**30)
    memory.check_memory(1000, 25_088, CLASS_LEARNERS["svm"])
    with pytest.raises(TrainingError) as refusal:
        memory.check_memory(20_000, 25_088, CLASS_LEARNERS["svm"])
    message = str(refusal.value)
    assert "Linear SVM on 20000 x 25088 features needs about 14.0 GiB of memory, and 3.0 GiB are free" in message
    assert "another learner" in message
    assert "--pooling avg" in message
