"""Conformance: what a good client of the exchange must do, and a verdict on any client for each of it."""

from mockex.conformance.families import REQUIREMENTS
from mockex.conformance.grading import grade
from mockex.conformance.in_process import InProcess
from mockex.conformance.requirement import Requirement

__all__ = ["REQUIREMENTS", "InProcess", "Requirement", "grade"]
