"""Turns are taken one after the other, and can be given up."""

import threading

import pytest

from orangecontrib.transferlearning.errors import Cancelled
from orangecontrib.transferlearning.waiting import hold_lock


def test_turn_that_is_free_is_taken_without_a_question_and_given_back():
    lock, told = threading.Lock(), []
    with hold_lock(lock, told.append):
        assert lock.locked()
    assert not lock.locked()
    assert told == []


def test_whoever_waits_can_be_cancelled_and_leaves_the_lock_to_its_holder():
    lock, told = threading.Lock(), []

    def cancel(fraction):
        told.append(fraction)
        raise Cancelled("cancelled")

    with lock:
        with pytest.raises(Cancelled), hold_lock(lock, cancel):
            pytest.fail("the turn is another's")
        assert lock.locked()
    assert told == [1.0]


def test_turn_is_given_back_after_an_error():
    lock = threading.Lock()
    with pytest.raises(KeyError), hold_lock(lock):
        raise KeyError
    assert not lock.locked()
