"""A row of the table: what was tried, how often, and what came of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """What was tried, and its counts by name; those that end in ``!`` have to be 0."""

    what: str
    counts: dict[str, int]

    @property
    def n_faults(self) -> int:
        return sum(n for name, n in self.counts.items() if name.endswith("!"))

    def __str__(self) -> str:
        words = (f"{name.removesuffix('!')} {n:,}" for name, n in self.counts.items())
        return f"| {self.what} | {', '.join(words)} |"
