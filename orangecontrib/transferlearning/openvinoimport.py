"""Imports OpenVINO so that nothing is reported to its makers."""

import sys
from contextlib import suppress


def import_openvino() -> None:
    """Import OpenVINO unless it is there.

    It tells its makers over the network that it was imported, from a process that is a copy of this one, unless its
    one object for that has been made before, and has no consent.
    """
    if "openvino" in sys.modules:
        return
    with suppress(ImportError):
        from openvino_telemetry import Telemetry

        # It is made anew for another name than this.
        reporter = Telemetry("OpenVINO", "", "none", backend="ga4", enable_opt_in_dialog=False, disable_in_ci=True)
        reporter.consent = False
    import openvino  # noqa: F401
