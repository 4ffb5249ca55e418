"""The rules, with no socket."""
