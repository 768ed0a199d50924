"""Describe the machine that the numbers were measured on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("tensorflow", "keras", "openvino", "onnxruntime", "torch", "Orange3-ImageAnalytics", "pillow", "numpy")


def describe_machine() -> str:
    """Return a line with the processor, its cores, the memory, the system, and versions."""
    cores = f"{os.cpu_count()} cores"
    versions = ", ".join(filter(None, map(_version, PACKAGES)))
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {cores}, {_memory()}, {system}; Python {platform.python_version()}, {versions}"


def _processor() -> str:
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text(encoding="utf-8").splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    special = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if any(name in line for line in lines)]
    return " ".join([names[0] if names else platform.processor() or platform.machine(), *filter(None, [_in(special)])])


def _in(names: list[str]) -> str:
    return f"({', '.join(names)})" if names else ""


def _memory() -> str:
    try:
        n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "memory unknown"
    return f"{n_bytes / 2**30:.0f} GB memory"


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return ""
