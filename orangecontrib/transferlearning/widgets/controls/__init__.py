"""Controls that several widgets share. Orange finds widgets in the package above, and does not look in this one."""

from . import safe_exit  # noqa: F401 - it acts when Orange quits
