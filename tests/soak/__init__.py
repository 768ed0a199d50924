"""Long runs that count faults: ``python -m tests.soak`` prints a table of them; see doc/testing.md."""
