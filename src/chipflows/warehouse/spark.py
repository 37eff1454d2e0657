"""The same SQL on Spark: core and marts from the typed Parquet of staging, written as Parquet (extra `spark`).

DuckDB stays the reader of raw bodies and the home of checks and pages: what Spark has computed is loaded from its
Parquet into the same database, so that grains, checks, trace and reports are one code for both engines.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from chipflows.errors import CheckFailed, UsageError
from chipflows.warehouse.graph import Statement, parsed, several_at_once
from chipflows.warehouse.text import one_line
from chipflows.warehouse.typed import literal

HERE = "local[*]"
PARTITIONS = ("source", "year")

LOGGING = Path(__file__).with_name("spark-log4j2.properties")

SETTINGS = {
    "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile={LOGGING.as_uri()}",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}

# Sixty tables are sixty lots of generated code that each run once: on a hundred thousand rows both of Java's compilers
# took more processor time for it than it took to run.
ONE_MACHINE = {
    "spark.driver.defaultJavaOptions": f"{SETTINGS['spark.driver.defaultJavaOptions']} -XX:TieredStopAtLevel=1 "
    "-XX:ReservedCodeCacheSize=512m -XX:+UseParallelGC",
    "spark.driver.memory": "4g",
    "spark.sql.shuffle.partitions": "16",
}
"""What holds beside `SETTINGS` on one machine, until `SPARK_CONF_DIR` names settings."""

AT_ONCE = 4
"""Tables computed at once: planning is the work of one core, and most stages of a small table are one task."""


def translated(sql: str) -> str:
    """Return a table's SQL in Spark's dialect, reading the view of every table.

    sqlglot knows the words, three meanings are ours. A quotient is a double in DuckDB and may be a decimal in Spark:
    the dividend is made a double. A double becomes a decimal in DuckDB by scaling up and rounding, in Spark by its
    shortest text: the first is spelt out, else money at half a thousandth would differ. And Spark's session views have
    no schema: `core.flows` is the view `core__flows`, called `flows`.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    for quotient in list(tree.find_all(exp.Div)):
        quotient.set("this", exp.cast(quotient.this.copy(), "double"))
    for rounding in list(tree.find_all(exp.Cast)):
        if rounding.to.is_type("decimal") and is_double(rounding.this):
            rounding.set("this", scaled(rounding.this, rounding.to))
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            called = exp.TableAlias(this=exp.to_identifier(table.alias or table.name))
            table.replace(exp.Table(this=exp.to_identifier(view(f"{table.db}.{table.name}")), alias=called))
    return tree.sql("spark", identify=True, comments=False)


def is_double(expression: exp.Expr) -> bool:
    """Whether a value comes from a quotient, a mean or a cast to double."""
    if isinstance(expression, exp.Cast):
        return bool(expression.to.is_type("double"))
    if isinstance(expression, exp.Div | exp.Avg):
        return True
    inner = (exp.Paren, exp.Neg, exp.Binary, exp.Coalesce, exp.Sum, exp.Median, exp.Max, exp.Min, exp.Abs)
    return isinstance(expression, inner) and any(
        is_double(part) for part in expression.iter_expressions() if isinstance(part, exp.Expr)
    )


def scaled(value: exp.Expr, to: exp.DataType) -> exp.Expr:
    """Return a double times 10 to the power of the decimals wanted, rounded, and brought back exactly."""
    precision, scale = (int(one.name) for one in to.expressions)
    smallest = exp.Literal.string("1" if scale == 0 else "0." + "1".zfill(scale))
    unit = exp.cast(smallest, f"decimal({scale + 1}, {scale})")
    up = exp.Mul(this=exp.Paren(this=value.copy()), expression=exp.cast(exp.Literal.string(f"1e{scale}"), "double"))
    whole = exp.cast(exp.func("round", up), f"decimal({min(precision + 2, 38 - scale - 1)}, 0)")
    return exp.Mul(this=whole, expression=unit)


def view(name: str) -> str:
    return name.replace(".", "__")


def compute(
    tables: list[Statement],
    given: dict[str, pa.Table],
    typed: dict[str, list[Path]],
    folder: Path,
    master: str,
    say: Callable[[str], None],
) -> None:
    """Write every table of core and marts below `folder`, as `<layer>/<table>/[source=…/year=…/]*.parquet`.

    `given` holds the tables that stand before the SQL by name, `typed` the Parquet files of each staging table; without
    a `master` every core of this machine computes. Raises `CheckFailed` naming a table that Spark can't compute,
    `UsageError` where Spark is not installed.
    """
    with session(master) as spark:
        from pyspark.sql.pandas.types import from_arrow_schema

        for name, table in given.items():
            path = folder / name.replace(".", "/") / "part.parquet"
            path.parent.mkdir(parents=True)
            pq.write_table(table, path)
            known = from_arrow_schema(table.schema)  # with it no job reads a footer
            spark.read.schema(known).parquet(str(path.parent)).createOrReplaceTempView(view(name))
        for name, files in typed.items():
            if files:
                spark.read.parquet(*map(str, files)).createOrReplaceTempView(view(f"staging.{name}"))

        def make(one: Statement) -> None:
            say(f"{one.name} on {master or HERE}")
            write(spark, one, folder)

        several_at_once(tables, make, AT_ONCE)


@contextmanager
def session(master: str) -> Iterator[Any]:
    """Give a Spark session on `master`, stopped afterwards; raises `UsageError` saying what is not installed."""
    if importlib.util.find_spec("pyspark") is None:
        raise UsageError("--engine spark needs pyspark: `make spark` installs it into .venv")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise UsageError("--engine spark needs Java 17 or newer; on Debian: apt install default-jre-headless")
    with warnings.catch_warnings():  # pyspark warns of pandas' version, whose frames are not used here
        warnings.simplefilter("ignore", FutureWarning)
        from pyspark import SparkContext
        from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master or HERE).appName("chipflows")
    for name, value in settings(master).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()
        java: Any = SparkContext._gateway
        SparkContext._gateway = SparkContext._jvm = None
        java.shutdown()
        java.proc.communicate()  # ends with its input; else its memory stays held while DuckDB loads what was computed


def settings(master: str) -> dict[str, str]:
    """Return what a session sets by itself: for one machine more, unless a Spark with settings of its own was named."""
    chosen = master or any(name in os.environ for name in ("SPARK_CONF_DIR", "SPARK_HOME"))
    return SETTINGS if chosen else SETTINGS | ONE_MACHINE


def write(spark: Any, one: Statement, folder: Path) -> None:
    """Compute one table, write it, and let later tables read what was written."""
    from pyspark.errors import PySparkException
    from pyspark.sql import functions

    path = place(one, folder)
    try:
        frame = spark.sql(translated(one.sql))
        columns = frame.columns
        if {"source", "period"} <= set(columns):
            dated = frame.withColumn("year", functions.year("period"))
            dated.repartition(*PARTITIONS).write.partitionBy(*PARTITIONS).parquet(str(path))
        if not any(path.rglob("*.parquet")):  # no rows make no partition, and no partition tells no columns
            frame.write.mode("overwrite").parquet(str(path))
        written = spark.read.schema(frame.schema).parquet(str(path))
        written.select(*columns).createOrReplaceTempView(view(one.name))
    except PySparkException as error:
        file = f"sql/{one.name.replace('.', '/')}.sql"
        raise CheckFailed(f"{file} can't be computed on Spark: {one_line(error)[:500]}") from error


def place(one: Statement, folder: Path) -> Path:
    return folder / one.layer / one.name.split(".")[1]


def read_back(folder: Path, one: Statement, condition: str) -> str:
    """Return the SELECT by which DuckDB reads what Spark wrote for a table, with the table's own columns, in part."""
    files = f"read_parquet({literal(str(place(one, folder) / '**' / '*.parquet'))}, hive_partitioning = true)"
    columns = parsed(one.sql, one.name).named_selects
    return f"select {', '.join(columns)} from {files} where {condition}"
