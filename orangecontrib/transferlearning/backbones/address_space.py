"""Check a limit of the address space, as `ulimit -v` sets it, before a library crashes or waits because of it."""

LEAST = 800
"""Megabytes that NumPy and OpenVINO need."""

LEAST_FOR_KERAS = 3000
"""Megabytes that TensorFlow needs; with less it ends the process."""


def check_address_space(least: int) -> None:
    """Raise `MemoryError` if this process may use less address space than so many megabytes."""
    try:
        import resource
    except ImportError:  # Windows has no such limits.
        return
    allowed, _ = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY and allowed < least * 1000**2:
        raise MemoryError(
            f"This process may use {allowed // 1000**2} MB of address space (ulimit -v), and needs {least} MB at least."
        )
