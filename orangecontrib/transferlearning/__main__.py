"""Starts the command: what `orange-transfer` and `python -m orangecontrib.transferlearning` run."""

import signal
import sys


def main() -> None:
    """Run the command; whoever stops it, also while it is still loading, gets a word and not a traceback."""
    # A system that ends it has what was begun cleaned up, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from .commands.cli import main as command

        command(prog_name="orange-transfer")
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
