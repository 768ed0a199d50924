"""Limits of the duration and size of a download."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Limits of a download.

    Attributes
    ----------
    seconds : float
        Largest duration in total, from the look-up of the server's name to the last byte.
    connect_seconds, read_seconds : float
        Longest time to wait for a connection, and for the next part of an answer.
    n_bytes : int
        Largest number of bytes, counted as they are received and as they are unpacked.
    """

    seconds: float = 120
    connect_seconds: float = 10
    read_seconds: float = 30
    n_bytes: int = 2**29

    @property
    def late_reason(self) -> str:
        """Reason why a download that takes too long is given up."""
        return f"the download took more than {self.seconds:g} s"

    @property
    def size_reason(self) -> str:
        """Reason why a download of too many bytes is given up."""
        return f"the download is too large (the limit is {self.n_bytes} bytes)"
