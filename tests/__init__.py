"""The tests of mockex."""
