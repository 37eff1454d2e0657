"""Comfort in JupyterLab: names complete with Tab inside quotes, frames show their units and vintage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from typing import Any

import pandas as pd

from chipflows.errors import ChipflowsError
from chipflows.report.explore import economies, goods
from chipflows.report.facts import vintage_line
from chipflows.warehouse.connect import names_of_tables

_INSIDE = re.compile(r"""(?:\b(table|trace)\(\s*|\b(origin|destination|family)\s*=\s*(?:\[[^\]]*)?)["']([^"'\[\]]*)$""")
_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "table": names_of_tables,
    "trace": names_of_tables,
    "origin": economies,
    "destination": economies,
    "family": goods,
}


def set_up(shell: Any) -> None:
    """Teach an IPython shell both; does nothing the second time."""
    from IPython.core.completer import context_matcher

    if any(getattr(one, "__name__", "") == completions.__name__ for one in shell.Completer.custom_matchers):
        return

    @context_matcher()  # type: ignore[untyped-decorator]
    def complete(context: Any) -> dict[str, Any]:
        return completions(context.text_until_cursor)

    complete.__name__ = completions.__name__
    shell.Completer.custom_matchers.append(complete)
    shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, as_html)
    pd.options.display.float_format = plain


def plain(value: float) -> str:
    """Return a number as text with thousands apart, never in powers of ten where it is large."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"


def completions(text: str) -> dict[str, Any]:
    """Return what may follow at the end of a line of code, as IPython's matchers do."""
    from IPython.core.completer import SimpleCompletion

    found = _INSIDE.search(text)
    if found is None:
        return {"completions": []}
    begun = found[3]
    try:
        known = _NAMES[found[1] or found[2]]()
    except ChipflowsError:  # no tables yet: nothing to offer, and running the cell says why
        known = []
    fitting = [name for name in known if name.casefold().startswith(begun.casefold())]
    return {
        "completions": [SimpleCompletion(text=name, type="name") for name in fitting],
        "matched_fragment": begun,
        "suppress": True,
    }


def as_html(frame: pd.DataFrame) -> str:
    """Return a frame as pandas shows it, and below it the units of its columns, its table and its vintage."""
    html = str(frame._repr_html_())  # type: ignore[operator]
    units = frame.attrs.get("units", {})
    if not units:
        return html
    shown = "; ".join(f"{name}: {units[name]}" for name in frame.columns if units.get(name))
    vintage = vintage_line(pd.DataFrame(frame.attrs.get("sources", [])))
    whence = ", ".join(filter(None, [str(frame.attrs.get("table", "")), vintage]))
    return f'{html}\n<p class="cf-units">{escape(". ".join(filter(None, [shown, whence])))}.</p>'
