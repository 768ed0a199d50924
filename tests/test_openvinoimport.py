"""OpenVINO is imported without telling anybody."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino")


def test_import_reports_to_nobody():
    pytest.importorskip("openvino_telemetry.utils.sender")
    code = (
        "import sys; from openvino_telemetry.utils.sender import TelemetrySender\n"
        "sent = []\n"
        "TelemetrySender.send = lambda self, *report: sent.append(report)\n"
        "from orangecontrib.transferlearning.openvinoimport import import_openvino\n"
        "import_openvino()\n"
        "print(len(sent), 'openvino' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True"]
