"""Adapters: the reference client's, and those that `mockex conformance new-adapter` writes."""
