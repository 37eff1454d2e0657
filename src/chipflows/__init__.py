"""chipflows: did anyone replace the chips Russia lost? Public trade statistics, tables and reports."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chipflows.warehouse.connect import table

__version__ = "0.1.0"
__all__ = ["__version__", "table"]


def __getattr__(name: str) -> Any:
    """Import `table` when it is first used: most commands never need pandas."""
    if name == "table":
        from chipflows.warehouse.connect import table

        return table
    raise AttributeError(f"chipflows has no {name!r}")
