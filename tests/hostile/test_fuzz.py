"""Any bytes give pixels or a reason, in bounded time and memory; whatever else comes is a fault of the code."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orangecontrib.transferlearning.images import opening, photoshop_files, tiff_files

from .corpus import members
from .mutations import STEPS, check_outcome, damaged

SEEDS = [member.data for member in members() if not member.reason and len(member.data) < 20_000]
SIGNATURES = sorted({data[:12] for data in SEEDS} | {b"", b"\0\0\0\x18ftypheic\0\0\0\0", bytes(128) + b"DICM"})


@pytest.fixture(autouse=True, scope="module")
def small_limit():
    """A damaged header may promise pixels by the gigabyte."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (opening, tiff_files):
            patch.setattr(module, "MAX_PIXELS", 10**6)
        for module in (photoshop_files, tiff_files):
            patch.setattr(module, "MAX_ARRAY_BYTES", 10**7)
        yield


QUICK = settings(max_examples=150, deadline=5000, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.filterwarnings("ignore")
@QUICK
@given(start=st.sampled_from(SIGNATURES), rest=st.binary(max_size=400), steps=st.sampled_from(STEPS))
def test_any_bytes_give_pixels_or_a_reason(start, rest, steps):
    check_outcome(start + rest, steps)


@pytest.mark.filterwarnings("ignore")
@QUICK
@given(data=st.sampled_from(SEEDS), seed=st.integers(0, 2**32), steps=st.sampled_from(STEPS))
def test_damaged_files_give_pixels_or_a_reason(data, seed, steps):
    check_outcome(damaged(data, random.Random(seed)), steps)


SECONDS, MEGABYTES, SECONDS_EACH = 120, 4096, 20


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs the limits of POSIX")
def test_two_minutes_of_damaged_files_stay_within_their_limits():
    """No limits on pixels here, but on memory and time: what a real run has."""
    code = f"from tests.hostile.test_fuzz import run_long; run_long({SECONDS})"
    result = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=Path(__file__).parents[2], timeout=600)
    assert result.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("part", ["images", "tables", "features", "models"])
def test_a_minute_of_guided_search_finds_no_fault(part, tmp_path):
    pytest.importorskip("atheris")
    root = Path(__file__).parents[2]
    code = [sys.executable, "-W", "ignore", "-m", "tests.hostile.guided_fuzz", part, "60"]
    done = subprocess.run(
        code, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []


def run_long(seconds):
    """Read damaged files for some seconds, in a process of its own."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 2**20,) * 2)
    seed = int(os.environ.get("FUZZ_SEED", time.time()))
    print("FUZZ_SEED", seed, flush=True)
    chance, end = random.Random(seed), time.monotonic() + seconds
    while time.monotonic() < end:
        data, steps = damaged(chance.choice(SEEDS), chance), chance.choice(STEPS)
        signal.alarm(SECONDS_EACH)  # ends the process
        try:
            check_outcome(data, steps)
        except BaseException:
            print(len(data), data.hex()[:20_000], [step.name for step in steps])
            raise
        finally:
            signal.alarm(0)
