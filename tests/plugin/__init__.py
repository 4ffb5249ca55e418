"""The pytest plugin, as a stranger's tests meet it."""
