"""Decoders write nothing on standard error: neither Pillow, by its log and warnings, nor libtiff itself."""

import io
import logging
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

TRIED = """
import sys
from pathlib import Path
from orangecontrib.transferlearning.errors import ImageReadError
from orangecontrib.transferlearning.images.reading import decode
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        decode(path.read_bytes())
        print(path.name, "read")
    except ImageReadError as error:
        print(path.name, "refused")
"""


def tiff(**options):
    """The bytes of a TIFF file."""
    file = io.BytesIO()
    Image.fromarray((np.arange(1200) * 37 % 251).reshape(20, 20, 3).astype(np.uint8)).save(file, "TIFF", **options)
    return file.getvalue()


def with_tag(data, tag, value):
    """The same file with another value of a short tag, of which there is one."""
    place = data.index(tag.to_bytes(2, "little") + b"\x03\0\x01\0\0\0", int.from_bytes(data[4:8], "little"))
    return data[: place + 8] + value.to_bytes(2, "little") + data[place + 10 :]


def test_damaged_files_have_reasons_and_nothing_is_printed(tmp_path):
    packed = tiff(compression="tiff_lzw")
    (tmp_path / "1 libtiff").write_bytes(packed[:8] + b"\xff" * 40 + packed[48:])
    (tmp_path / "2 log").write_bytes(with_tag(tiff(), 277, 2561))
    (tmp_path / "3 warning").write_bytes(tiff()[:100])
    done = subprocess.run(
        [sys.executable, "-c", TRIED, str(tmp_path)],
        capture_output=True,
        encoding="utf-8",
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "1 libtiff refused\n2 log refused\n3 warning refused\n"
    assert done.stderr == ""


def test_a_program_that_handles_logs_still_gets_them(caplog):
    logging.getLogger("PIL.TiffImagePlugin").error("More samples")
    assert [record.message for record in caplog.records] == ["More samples"]
