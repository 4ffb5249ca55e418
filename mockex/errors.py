"""What mockex cannot do for its own user; each is one sentence."""


class MockexError(Exception):
    """Anything that mockex tells its user of instead of doing."""


class ScenarioError(MockexError):
    """A scenario is not there, or is wrong: the file, the path in it, what was expected, the nearest word."""


class TakenError(MockexError):
    """A name is another's already, or there are too many of a kind."""
