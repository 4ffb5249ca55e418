"""Adapters: the reference client's, which shows how one is written, and those that `new-adapter` begins with."""
