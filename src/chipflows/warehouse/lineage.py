"""Which columns each column comes from, read from the SQL: as far as the tables it reads."""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from chipflows.warehouse.graph import Statement, parsed

Sources = dict[tuple[str, str], tuple[str, ...]]


def trace_columns(statements: Iterable[Statement], columns: dict[str, dict[str, str]]) -> Sources:
    """Return for every column of a table the columns of other tables it is computed from, as `layer.table.column`.

    `columns` gives every table's columns with their types. Columns that only filter or join are not listed.
    """
    layers: dict[str, dict[str, dict[str, str]]] = {}
    for table, types in columns.items():
        layer, _, name = table.partition(".")
        layers.setdefault(layer, {})[name] = types
    schema: dict[str, object] = {**layers}
    found: Sources = {}
    for one in statements:
        tree = qualify(parsed(one.sql, one.name), schema=schema, dialect="duckdb", validate_qualify_columns=False)
        scope = build_scope(tree)
        for column in columns[one.name]:
            node = lineage(column, tree, schema=schema, dialect="duckdb", scope=scope, copy=False)
            leaves = {
                f"{leaf.source.db}.{leaf.source.name}.{exp.to_column(leaf.name).name}"
                for leaf in node.walk()
                if isinstance(leaf.source, exp.Table) and not leaf.downstream
            }
            found[one.name, column] = tuple(sorted(leaves))
    return found
