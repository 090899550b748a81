"""A page of results: sections of text, tables and charts in the style of the report, in one self-contained file."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading, a note in plain words (escaped here), and ready HTML such as :mod:`finsta.viewer.charts` makes."""

    heading: str
    note: str = ""
    html: str = ""


def render_page(title: str, sections: Sequence[Section], *, lead: str = "") -> str:
    """One HTML document that loads nothing from elsewhere; all but ``Section.html`` is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment: Any = Environment(
        loader=PackageLoader("finsta.viewer", "templates"), autoescape=True, undefined=StrictUndefined
    )
    return str(environment.get_template("page.html").render(title=title, lead=lead, sections=sections))


def inner_page(document: str, *, title: str, height: int = 720) -> str:
    """A whole HTML document inside another, its styles to itself; needs no file beside it."""
    return (
        f'<iframe class="inner" title="{escape(title)}" height="{height}" loading="lazy" '
        f'srcdoc="{escape(document)}"></iframe>'
    )
