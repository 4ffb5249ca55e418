"""The report as JUnit XML: a test case for each requirement, which every pipeline can show."""

import re
from xml.etree import ElementTree as Xml

from mockex.conformance.reports.wording import details, facts, headline
from mockex.conformance.results import Report, Result

NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that cannot stand in XML, in whatever way they are written."""

TAGS = {"FAIL": "failure", "STALE": "failure", "FAULT": "error"}
SKIPPED = ("EXPECTED", "UNSEEN", "UNSUPPORTED")


def as_junit(report: Report) -> str:
    """Write a report; what was not asked, not seen, or expected to fail is skipped."""
    tags = [TAGS.get(result.mark) for result in report.results]
    counts = {
        "tests": len(report.results),
        "failures": tags.count("failure"),
        "errors": tags.count("error"),
        "skipped": sum(result.mark in SKIPPED for result in report.results),
    }
    about = {"name": _text(f"conformance: {report.name}"), "time": f"{report.took_s:g}", "timestamp": report.started_at}
    suites = Xml.Element("testsuites")
    suite = Xml.SubElement(suites, "testsuite", about | {name: str(count) for name, count in counts.items()})
    properties = Xml.SubElement(suite, "properties")
    for name, said in [("client", report.client), ("version", report.version), *facts(report)]:
        Xml.SubElement(properties, "property", {"name": name, "value": _text(said)})
    for result in report.results:
        _case(suite, report, result)
    Xml.SubElement(suite, "system-out").text = _text(headline(report))
    Xml.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(suites, encoding="unicode")}\n'


def _case(suite: Xml.Element, report: Report, result: Result) -> None:
    took_s = sum(case.took_s for case in result.cases)
    about = {
        "classname": f"conformance.{result.family}",
        "name": f"{result.id}: {_text(result.title)}",
        "time": f"{took_s:.3f}",
    }
    case = Xml.SubElement(suite, "testcase", about)
    if tag := TAGS.get(result.mark):
        told = Xml.SubElement(case, tag, {"message": _text(result.said), "type": result.mark})
        told.text = _text(_in_full(report, result))
    elif result.mark in SKIPPED:
        why = f"expected to fail: {result.why}" if result.mark == "EXPECTED" else f"{result.mark}: {result.said}"
        Xml.SubElement(case, "skipped", {"message": _text(why)})
    if result.mark in ("EXPECTED", "NOTE"):
        Xml.SubElement(case, "system-out").text = _text(_in_full(report, result))


def _in_full(report: Report, result: Result) -> str:
    return "\n".join(f"{name}: {said}" for name, said in details(report, result) if said)


def _text(text: str) -> str:
    return NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
