"""The report as JUnit XML: a test case for each requirement, which every pipeline can show."""

from xml.etree import ElementTree as Xml

from mockex.conformance.reports.wording import details, facts, headline, in_xml
from mockex.conformance.results import Report, Result

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
    about = {
        "name": in_xml(f"conformance: {report.name}"),
        "time": f"{report.took_s:g}",
        "timestamp": report.started_at,
    }
    suites = Xml.Element("testsuites")
    suite = Xml.SubElement(suites, "testsuite", about | {name: str(count) for name, count in counts.items()})
    properties = Xml.SubElement(suite, "properties")
    for name, said in [("client", report.client), ("version", report.version), *facts(report)]:
        Xml.SubElement(properties, "property", {"name": name, "value": in_xml(said)})
    for result in report.results:
        _case(suite, report, result)
    Xml.SubElement(suite, "system-out").text = in_xml(headline(report))
    Xml.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(suites, encoding="unicode")}\n'


def _case(suite: Xml.Element, report: Report, result: Result) -> None:
    took_s = sum(case.took_s for case in result.cases)
    about = {
        "classname": f"conformance.{result.family}",
        "name": f"{result.id}: {in_xml(result.title)}",
        "time": f"{took_s:.3f}",
    }
    case = Xml.SubElement(suite, "testcase", about)
    if tag := TAGS.get(result.mark):
        told = Xml.SubElement(case, tag, {"message": in_xml(result.said), "type": result.mark})
        told.text = in_xml(_in_full(report, result))
    elif result.mark in SKIPPED:
        why = f"expected to fail: {result.why}" if result.mark == "EXPECTED" else f"{result.mark}: {result.said}"
        Xml.SubElement(case, "skipped", {"message": in_xml(why)})
    if result.mark in ("EXPECTED", "NOTE"):
        Xml.SubElement(case, "system-out").text = in_xml(_in_full(report, result))


def _in_full(report: Report, result: Result) -> str:
    return "\n".join(f"{name}: {said}" for name, said in details(report, result) if said)
