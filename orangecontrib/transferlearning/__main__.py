"""Start the command, for `orange-transfer` and `python -m orangecontrib.transferlearning`."""

import signal
import sys


def main() -> None:
    """Run the command; Ctrl-C ends it with a message instead of a traceback, also while Python loads modules."""
    # SIGTERM then cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from .commands.cli import main as command

        command(prog_name="orange-transfer")
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
