"""The commands of `orange-transfer`, one a module."""
