"""The same SQL on Spark: every table equal to DuckDB's, on a real cluster that loses a worker in the middle."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from worlds import CODES, JANUARY, ROOT, World, row

from chipflows.errors import CheckFailed, UsageError
from chipflows.warehouse import spark
from chipflows.warehouse.graph import Statement, read_plan, several_at_once, statement

HAS_SPARK = importlib.util.find_spec("pyspark") is not None
needs_spark = pytest.mark.skipif(
    not HAS_SPARK or shutil.which("java") is None, reason="needs Java 17 and pyspark: `make spark`"
)


def test_every_table_translates_and_reads_views_only() -> None:
    tables = [path for layer in ("core", "marts") for path in (ROOT / "sql" / layer).glob("*.sql")]
    assert len(tables) > 30
    for path in tables:
        tree = sqlglot.parse_one(spark.translated(path.read_text()), read="spark")
        assert not [table.sql() for table in tree.find_all(exp.Table) if table.db], path


def test_a_quotient_is_a_double_and_its_money_is_rounded_as_duckdb_does() -> None:
    sql = spark.translated("select cast(sum(flows.value_usd) / count(*) as decimal(20, 3)) as mean_usd from core.flows")
    assert "CAST(SUM(`flows`.`value_usd`) AS DOUBLE) / COUNT(*)" in sql
    assert "ROUND((CAST(SUM" in sql
    assert "'1e3'" in sql
    assert "FROM `core__flows` AS `flows`" in sql


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("select quantile_cont(rows.value_usd, 0.5) as middle from core.rows", "quantile_cont"),
        ("select rows.code from core.rows order by #1", "position"),
        ("select rows.code from core.rows asof join core.rates on rows.period >= rates.period", "asof join"),
        ("select list_sort(rows.codes)[1:2] as first from core.rows", "a list slice"),
        ("select list_sort(list(rows.code)) as codes from core.rows", "a list in order"),
        ("select list(rows.code order by rows.period) as codes from core.rows", "a list in order"),
        ("select rows.codes[1] as code from core.rows", "a place in a list"),
        ("select columns('code') from core.rows", r"columns\(\)"),
        ("select rows.* replace (1 as code) from core.rows", r"selects \*"),
        ("select rows.code from core.rows union all by name select rows.code from core.rows", "union by name"),
        ("select wide.code from (pivot core.rows on code using count(*)) as wide", "pivot"),
        ("select rows.code from core.rows positional join core.flows", "positional join"),
        ("select rows.code from core.rows using sample 10", "a sample"),
        ("select hash(rows.code) as number from core.rows", r"hash\(\)"),
    ],
)
def test_sql_that_other_engines_do_not_know_is_refused_by_name(body: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        statement("odd", "marts", f"-- Odd.\n-- grain: code\n{body}\n")


def test_without_spark_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spark.importlib.util, "find_spec", lambda name: None)
    world = filled(World(tmp_path))
    with pytest.raises(UsageError, match="make spark"):
        world.build(engine="spark")


def table(name: str, reads: str = "") -> Statement:
    source = f"core.{reads}" if reads else "ref.study"
    return statement(name, "core", f"-- One.\n-- grain: key\nselect one.key from {source} as one\n")


def test_tables_that_do_not_wait_for_each_other_are_computed_at_once_and_readers_after_what_they_read() -> None:
    begun, together, made = [], threading.Barrier(2, timeout=20), []

    def make(one: Statement) -> None:
        begun.append(one.name)
        if one.name != "core.last":
            together.wait()  # passes only if both are at work
        made.append(one.name)

    several_at_once([table("first"), table("second"), table("last", reads="first")], make, 4)
    assert sorted(made[:2]) == ["core.first", "core.second"]
    assert begun[2:] == made[2:] == ["core.last"]


def test_a_table_that_fails_ends_the_build_with_its_message_and_before_its_readers() -> None:
    begun = []

    def make(one: Statement) -> None:
        begun.append(one.name)
        raise CheckFailed(f"{one.name} can't be computed")

    with pytest.raises(CheckFailed, match=r"core\.first can't be computed"):
        several_at_once([table("first"), table("last", reads="first")], make, 4)
    assert begun == ["core.first"]


def test_settings_for_one_machine_give_way_to_those_that_were_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_CONF_DIR", raising=False)
    monkeypatch.delenv("SPARK_HOME", raising=False)
    ours = {"spark.driver.memory", "spark.sql.shuffle.partitions"}
    assert ours <= spark.settings("").keys()
    assert not ours & spark.settings("spark://host:7077").keys()
    monkeypatch.setenv("SPARK_CONF_DIR", "/etc/spark")
    assert not ours & spark.settings("").keys()


def filled(world: World) -> World:
    """Put both editions, three reporters, a source in euro and a second vintage into a world."""
    months = [f"{year}{month:02}" for year in (2021, 2022) for month in range(1, 13)]
    old, new = [code for code in CODES if code not in NEW], [code for code in CODES if code not in OLD]
    rows = [
        row(1000.005 + 7 * at + 13 * place, reporter=reporter, code=code, period=period, edition=edition)
        for at, period in enumerate(months)
        for reporter in (156, 344, 842)
        for edition, codes in (("H5", old), ("H6", new))
        if (edition == "H6") == (period >= "202201")
        for place, code in enumerate(codes)
        if (at + place) % 5
    ]
    reporters = ("CHN", "HKG", "USA")
    world.comtrade(rows, reporters=reporters)
    newer = [one | {"primaryValue": one["primaryValue"] * 3} for one in rows if one["period"] in months[-3:]][::2]
    world.comtrade(newer, reporters=reporters, at=JANUARY + timedelta(days=60))
    return world


NEW = ("854141", "854142", "854143", "854149", "854151", "854159")
OLD = ("854140", "854150")


QUICK = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
"""Code that runs once is not worth compiling twice."""


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[[], None]]]:
    """A standalone cluster on loopback, one master and two workers; gives its address and a way to lose a worker."""
    import pyspark

    home = Path(pyspark.__file__).parent
    conf = tmp_path / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(
        "spark.executor.memory 512m\nspark.sql.shuffle.partitions 2\nspark.driver.host 127.0.0.1\n"
        f"spark.driver.extraJavaOptions {QUICK}\nspark.executor.extraJavaOptions {QUICK}\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(conf))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    started: list[subprocess.Popen[str]] = []

    def start(role: str, *arguments: str) -> subprocess.Popen[str]:
        name = f"org.apache.spark.deploy.{role.lower()}.{role}"
        command = [str(home / "bin" / "spark-class"), name, "--host", "127.0.0.1", "--webui-port", "0", *arguments]
        log = (tmp_path / f"{role}-{len(started)}.log").open("w")
        environment = os.environ | {"SPARK_HOME": str(home)}
        # A group of its own: a lost machine takes the worker and its executors with it.
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log, text=True, start_new_session=True)
        started.append(process)
        return process

    def said(at: int, pattern: str) -> str:
        (path,) = tmp_path.glob(f"*-{at}.log")
        for _ in range(3000):
            if found := re.search(pattern, path.read_text()):
                return found[0]
            if started[at].poll() is not None:
                break
            signal.sigtimedwait([], 0.1)
        raise AssertionError(path.read_text()[-2000:])

    start("Master", "--port", "0")
    master = said(0, r"spark://127\.0\.0\.1:\d+")
    for at in (1, 2):
        start("Worker", "--cores", "1", "--memory", "600m", "--work-dir", str(tmp_path / f"work-{at}"), master)
        said(at, "Successfully registered with master")
    try:
        yield master, lambda: os.killpg(started[2].pid, signal.SIGKILL)
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@needs_spark
@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_gives_every_table_as_duckdb_does(
    cluster: tuple[str, Callable[[], None]], tmp_path: Path
) -> None:
    master, lose_a_worker = cluster
    world = filled(World(tmp_path / "home"))
    world.build()
    ours = tmp_path / "ours.duckdb"
    shutil.copy(world.paths.database, ours)
    lost = []

    def progress(line: str) -> None:
        if line.startswith("core.flows on"):
            lose_a_worker()
            lost.append(line)

    world.build(engine="spark", master=master, progress=progress)
    assert lost
    different = {}
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(f"attach '{ours}' as ours (read_only)")
        connection.execute(f"attach '{world.paths.database}' as theirs (read_only)")
        for table in read_plan(world.paths.sql, ref_names(connection))[0]:
            columns = connection.execute(f"describe ours.{table.name}").fetchall()
            assert columns == connection.execute(f"describe theirs.{table.name}").fetchall(), table.name
            # Decimals exactly; a double's last bit depends on the order of adding.
            cells = ", ".join(f"round({name}, 12)" if kind == "DOUBLE" else name for name, kind, *_ in columns)
            here, there = (f"select {cells} from {side}.{table.name}" for side in ("ours", "theirs"))
            odd = f"({here} except all {there}) union all ({there} except all {here}) limit 5"
            if rows := connection.execute(odd).fetchall():
                different[table.name] = rows
        assert not different
        assert connection.execute("select count(*) from theirs.core.flows").fetchall()[0][0] > 300
    parts = {path.parent.name for path in (world.paths.spark / "core" / "flows").rglob("*.parquet")}
    assert parts == {"year=2021", "year=2022"}


def ref_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    sql = "select table_name from duckdb_tables() where database_name = 'ours' and schema_name = 'ref'"
    return [name for (name,) in connection.execute(sql).fetchall()]
