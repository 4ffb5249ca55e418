"""Templates: everything that is put into one is escaped, for its language."""

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from mockex.errors import MockexError

if TYPE_CHECKING:
    from jinja2 import Environment

_SPECIAL = re.compile(r"[\\`*_\[\]#|~<>&$@]")


@cache
def environment() -> "Environment":
    """Make what fills templates. Raises MockexError where jinja2 is missing."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ModuleNotFoundError:
        raise MockexError("this report needs jinja2: pip install 'mockex[conformance]'") from None
    made = Environment(
        loader=PackageLoader("mockex.conformance.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["md"] = in_markdown
    return made


def rendered(template: str, **about: Any) -> str:
    """Fill a template. Raises MockexError where jinja2 is missing."""
    return environment().get_template(template).render(**about)


def source_of(template: str) -> str:
    """Give what stands in a template."""
    loader = environment().loader
    assert loader is not None
    return loader.get_source(environment(), template)[0]


def in_markdown(text: object) -> str:
    """Write a text into one line of Markdown, in which nothing of it is a mark: not of a table, a link, or HTML.

    In a template, `md | safe`: what must be escaped has been.
    """
    line = " ".join(str(text).split())
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", line)
