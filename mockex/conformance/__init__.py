"""Conformance: what a good client of the exchange must do, and a verdict on any client for each of it.

report = mockex.conformance.run(lambda target: MyClient(target.url, target.api_key, target.secret), errors=MyError)
"""

from mockex.conformance.checking import check, id_of, requirements, run
from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.grading import grade
from mockex.conformance.in_process import InProcess
from mockex.conformance.requirement import Requirement

__all__ = ["REQUIREMENTS", "InProcess", "Requirement", "check", "grade", "id_of", "requirements", "run"]
