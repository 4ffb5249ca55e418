"""The served description: it is valid, it is what `mockex openapi` prints, and every answer keeps to it."""

import re
from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import schemathesis
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from msgspec import json
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from mockex.cli import cli
from mockex.core.weight import Limits
from mockex.endpoints import CATALOGUE
from mockex.openapi import description
from mockex.testing import LiveExchange, Signer
from tests import alice
from tests.wire.line import ask, last

Case: TypeAlias = schemathesis.Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
DIALECT = "https://json-schema.org/draft/2020-12/schema"
RIGHT: dict[str, dict[str, Any]] = {"PAPI": dict(alice.RANGE), "SAPI": {}, "SPOT": {}}


def as_described(document: dict[str, Any]) -> Any:
    """Give a description to schemathesis; it is to call only the methods that are described."""
    config = SchemathesisConfig()
    config.projects.default.phases.coverage.unexpected_methods = set()
    return schemathesis.openapi.from_dict(document, config=config)


DOCUMENT = description(CATALOGUE)
DESCRIBED = as_described(DOCUMENT)


def signed(call: Any) -> Any:
    """Sign a call of requests' as a client must: at the exchange's time, over the raw query, with the key beside it."""
    url = urlsplit(call.url)
    kept = [part for part in url.query.split("&") if part and not part.startswith(("timestamp=", "signature="))]
    query = Signer.of(alice.ALICE).signed("&".join((*kept, f"timestamp={alice.NOW_MS}")))
    call.url = url._replace(query=query).geturl()
    call.headers["X-MBX-APIKEY"] = alice.ALICE.api_key
    return call


OPERATIONS: list[Operation] = [found.ok() for found in DESCRIBED.get_all_operations()]


def responses() -> Iterator[dict[str, Any]]:
    """Name every response that is described."""
    for operation in OPERATIONS:
        yield from operation.definition.raw["responses"].values()


def test_the_served_description_is_the_one_that_is_printed(exchange: LiveExchange) -> None:
    """/_mockex/openapi.json, `mockex openapi` and the catalogue tell the same."""
    served = ask(exchange, last(b"/_mockex/openapi.json"))
    printed = CliRunner().invoke(cli, ["openapi"])
    assert (served.status, served.header("Content-Type"), printed.exit_code) == (200, "application/json", 0)
    assert json.decode(served.body) == json.decode(printed.output) == json.decode(json.encode(DOCUMENT))


def test_the_description_is_valid() -> None:
    """It is OpenAPI 3.1, every schema in it is JSON Schema, and every reference in it leads somewhere."""
    DESCRIBED.validate()
    for schema in schemas(DOCUMENT):
        jsonschema_rs.meta.validate(schema | {"$schema": DIALECT})
        jsonschema_rs.validator_for(schema | {"$schema": DIALECT, "components": DOCUMENT["components"]})


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """Find every schema in a description."""
    if isinstance(value, dict):
        yield from value.get("schemas", {}).values()
        for name, inner in value.items():
            if name == "schema":
                yield inner
            else:
                yield from schemas(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas(inner)


def test_every_example_has_the_shape_that_is_described() -> None:
    """The documented examples stand beside their schemas, and fit them."""
    contents = [content for response in responses() for content in response["content"].values()]
    contents = [content for content in contents if "example" in content]
    assert len(contents) == len(CATALOGUE.endpoints)
    for content in contents:
        schema = content["schema"] | {"$schema": DIALECT, "components": DOCUMENT["components"]}
        jsonschema_rs.validate(schema, content["example"])


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_an_answer_always_has_all_that_is_described(name: str) -> None:
    """The exchange leaves no member of an answer out, so none is described as one that may be missing."""
    schema = DOCUMENT["components"]["schemas"][name]
    assert set(schema["required"]) == set(schema["properties"])


def test_no_refusal_is_described_twice() -> None:
    """The sentence of a status names each refusal once."""
    for response in responses():
        assert not re.search(r"(-\d+ [^.]+\.).*\1", response["description"])


@DESCRIBED.parametrize()  # type: ignore[untyped-decorator]
@settings(UNHURRIED, max_examples=40)
def test_a_signed_call_hears_what_is_described(exchange: LiveExchange, case: Case) -> None:
    """Whatever parameters a well-signed call has, its answer has a status, a type and a shape that are described."""
    response = case.call(base_url=exchange.url, auth=signed)
    case.validate_response(response, checks=CHECKS)


@DESCRIBED.parametrize()  # type: ignore[untyped-decorator]
@settings(UNHURRIED, max_examples=25)
def test_an_unsigned_call_hears_what_is_described(exchange: LiveExchange, case: Case) -> None:
    """A call whose key and signature are anything at all hears one of the answers that are described."""
    response = case.call(base_url=exchange.url)
    case.validate_response(response, checks=CHECKS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.path)
def test_a_right_call_and_those_over_the_limit_hear_what_is_described(operation: Operation) -> None:
    """One call is answered with what the account holds, the next hears 429, the one after it 418: all as described."""
    parsimony = Limits(
        papi_weight_per_ip=operation.definition.raw["x-weight"]["units"],
        sapi_weight_per_uid=500,
        spot_weight_per_ip=1,
        offences_before_ban=0,
    )
    gateway = operation.definition.raw["summary"].partition(":")[0]
    statuses = []
    with LiveExchange(alice.scenario(limits=parsimony)) as exchange:
        for _ in range(4):
            case = operation.Case(query=RIGHT[gateway])
            response = case.call(base_url=exchange.url, auth=signed)
            case.validate_response(response, checks=CHECKS)
            statuses.append(response.status_code)
    assert statuses == [200, 429, 418, 418]
