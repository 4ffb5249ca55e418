"""Heads: what a template makes of a sheet is what the headers say, written one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockex.core import edge
from mockex.core.head import Head, HeaderSet, Sheet, head_of
from mockex.gateways import GATEWAYS, papi

SETS: dict[str, HeaderSet] = {
    **{f"{gateway.name} answers": gateway.answers for gateway in GATEWAYS},
    **{f"{gateway.name} refuses": gateway.refuses for gateway in GATEWAYS},
    "no such page": papi.NOT_FOUND.headers or (lambda _: {}),
    "CloudFront": edge.cloudfront_headers,
    "nginx": edge.nginx_headers,
    "the load balancer": edge.load_balancer_headers,
    "signs that mean something elsewhere": lambda sheet: {"A": "100%s {date}", "B": sheet.length, **sheet.weight},
    "nothing": lambda _: {},
}

words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
sheets = st.builds(
    Sheet,
    date=words,
    content_type=words,
    length=words,
    used=words,
    told_in=st.lists(st.sampled_from(["X-MBX-USED-WEIGHT-1M", "x-mbx-used-weight"]), unique=True).map(tuple),
)


@pytest.mark.parametrize("header_set", SETS.values(), ids=SETS)
@given(sheet=sheets, status=st.sampled_from([200, 400, 418, 429, 503, 599]))
def test_a_template_says_what_the_headers_say(header_set: HeaderSet, sheet: Sheet, status: int) -> None:
    """For every set of headers there is, any sheet and any status, known to HTTP or not."""
    head = Head(header_set, sheet)
    assert head.raw(status) == head_of(status, head.headers()).encode()


def test_a_head_is_written_as_http_has_it() -> None:
    """Status line, headers in their order, an empty line."""
    assert head_of(418, {"b": "1", "A": ""}) == "HTTP/1.1 418 I'm a Teapot\r\nb: 1\r\nA: \r\n\r\n"
