"""Start the command, for `orange-transfer` and `python -m orangecontrib.transferlearning`."""

import sys

from .commands import interruption

interruption.exit_when_interrupted()


def main() -> None:
    """Run the command. Ctrl-C ends it with a message, and too little memory is a message, while modules load, too."""
    try:
        from .backbones.address_space import LEAST, check_address_space

        check_address_space(LEAST)
        from .commands.cli import main as command

        interruption.raise_when_interrupted()
        command(prog_name="orange-transfer")
    except KeyboardInterrupt:
        _end("\nStopped.", interruption.EXIT_CODE)
    except (MemoryError, ImportError, OSError) as error:
        # Python finds no memory for a module, or a module is missing or broken.
        _end(f"Error: {' '.join(str(error).split()) or 'out of memory'}", 2)
    finally:
        interruption.ignore_interrupts()


def _end(text: str, code: int) -> None:
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
