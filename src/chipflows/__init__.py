"""chipflows: did anyone replace the chips Russia lost? Public trade statistics, tables and reports."""

__version__ = "0.1.0"
