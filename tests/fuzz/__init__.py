"""Fuzzing client code: the reference client survives, and each broken variant of it is caught."""
