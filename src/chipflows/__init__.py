"""chipflows: did anyone replace the chips Russia lost? Public trade statistics, tables and reports."""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chipflows.report import chart
    from chipflows.report.explore import flows
    from chipflows.report.origin import trace
    from chipflows.warehouse.connect import table

__version__ = "0.1.0"
__all__ = ["__version__", "chart", "flows", "table", "trace"]

_HOMES = {
    "chart": "chipflows.report.chart",
    "flows": "chipflows.report.explore",
    "table": "chipflows.warehouse.connect",
    "trace": "chipflows.report.origin",
}


def __getattr__(name: str) -> Any:
    """Import what notebooks use when it is first used: most commands never need pandas."""
    if name not in _HOMES:
        raise AttributeError(f"chipflows has no {name!r}")
    if "ipykernel.zmqshell" in sys.modules:
        from IPython import get_ipython

        from chipflows.report import lab

        lab.set_up(get_ipython())
    home = import_module(_HOMES[name])
    return home if name == "chart" else getattr(home, name)


def __dir__() -> list[str]:
    return __all__
