"""Runs the tests of a project in a client's environment; what that lacks is found last, in the places that are told."""

import os
import sys

from driving import stay_on_loopback

if __name__ == "__main__":
    project, *places = sys.argv[1:]
    sys.path += places
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the environment has none, the places may have some
    import pytest

    stay_on_loopback()
    sys.exit(pytest.main(["-p", "no:cacheprovider", "-p", "mockex.pytest_plugin", "-rs", "--color=no", project]))
