"""Fuzzing a client: Hypothesis draws what happens, the client is asked, and its mistakes are shown at their smallest.

def test_my_client(mockex_server):
    fuzz(lambda target: MyClient(target.url, target.api_key, target.secret), errors=MyError, server=mockex_server)
"""

from mockex.fuzzing.case import Claims
from mockex.fuzzing.machine import fuzz
from mockex.fuzzing.target import Target
from mockex.fuzzing.verdicts import VERDICTS, FindingError

__all__ = ["VERDICTS", "Claims", "FindingError", "Target", "fuzz"]
