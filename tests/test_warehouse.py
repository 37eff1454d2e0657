"""The build around the tables: what is read, what is refused, what stays when something fails."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from worlds import JANUARY, ROOT, World, envelope, row

from chipflows.errors import CheckFailed, Incomplete, UsageError
from chipflows.raw.records import Answer, Request
from chipflows.warehouse.connect import query, read, table
from chipflows.warehouse.publish import lock
from chipflows.warehouse.trace import trace

LATER = JANUARY + timedelta(days=60)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("example"))
    world.comtrade([row(5), row(7, code="854239"), row(11, period="202203", reporter=156)])
    world.build()
    return world


@pytest.fixture
def built(example: World, tmp_path: Path) -> World:
    """A built world that a test may change."""
    shutil.copytree(example.home, tmp_path, dirs_exist_ok=True)
    return replace(example, home=tmp_path)


def marts(world: World) -> dict[str, bytes]:
    return {
        str(path.relative_to(world.paths.marts)): path.read_bytes() for path in world.paths.marts.rglob("*.parquet")
    }


def typed(world: World) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in world.paths.raw.glob("*/*.parquet")}


# --- what is read ---


def test_a_rebuild_reads_only_the_new_file(built: World) -> None:
    before = typed(built)
    built.comtrade([row(6)], at=LATER)
    assert "1 read anew" in built.build()
    after = typed(built)
    assert {name: after[name] for name in before} == before
    assert len(after) == len(before) + 1


def test_changed_staging_sql_reads_its_bodies_again_and_leaves_no_old_form(built: World) -> None:
    before = typed(built)
    staging = built.copy_sql() / "staging" / "comtrade.sql"
    staging.write_text(staging.read_text() + "-- another hash\n")
    assert "1 read anew" in built.build()
    assert len(typed(built)) == len(before) == 1
    assert typed(built).keys() != before.keys()


def test_the_same_raw_files_give_the_same_bytes(built: World) -> None:
    first = marts(built)
    for path in built.paths.raw.glob("*/*.parquet"):
        path.unlink()
    built.build()
    assert marts(built) == first
    assert len(first) > 10


def test_as_of_rebuilds_what_was_known_then(built: World) -> None:
    first = marts(built)
    built.comtrade([row(6)], at=LATER)
    built.build()
    assert marts(built) != first
    built.build(as_of=JANUARY.date())
    assert marts(built) == first


def test_as_of_before_anything_arrived_gives_empty_tables(built: World) -> None:
    assert built.build(as_of=date(2020, 1, 1)).startswith("0 rows of 0 files")
    assert built.number("select count(*) from core.rows") == 0


def test_a_body_in_another_encoding_is_read_as_its_record_says(world: World) -> None:
    request = Request("comtrade", "data", (("x", "1"),))
    body = envelope([row(5, cmdDesc="集成电路")]).decode().encode("gb18030")
    body = json.dumps(json.loads(body.decode("gb18030")), ensure_ascii=False).encode("gb18030")
    world.put(request, body, Answer("data", 1, "5", encoding="gb18030"), JANUARY)
    world.build()
    assert world.number("select sum(value_usd) from core.flows") == 5


def test_values_keep_every_thousandth(world: World) -> None:
    world.comtrade([row("912208653.293"), row("0.001", code="854239")])
    world.build()
    assert str(world.number("select sum(value_usd) from core.flows")) == "912208653.294"


# --- what is refused ---


def test_one_changed_byte_of_a_raw_file_is_refused_by_name(built: World) -> None:
    (path,) = built.paths.raw.glob("comtrade/*.gz")
    before = built.paths.database.read_bytes()
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)
    with pytest.raises(CheckFailed, match=f"{path.name} was changed"):
        built.build()
    assert built.paths.database.read_bytes() == before


def test_a_missing_body_and_a_broken_record_are_named(built: World) -> None:
    (path,) = built.paths.raw.glob("comtrade/*.gz")
    body = path.read_bytes()
    path.unlink()
    with pytest.raises(CheckFailed, match=f"{path.name} can't be read"):
        built.build()
    path.write_bytes(body)
    (record,) = built.paths.raw.glob("comtrade/*.json")
    record.write_text('{"format": 99}')
    with pytest.raises(CheckFailed, match=rf"{record.name} is not a record.*format 99"):
        built.build()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>sorry</html>", "Malformed JSON"),
        (envelope([row(5, period="20X1")]), "20X1"),
        (envelope([row("a lot")]), "a lot"),
        (envelope([{"period": "202101"}]), "does not have key"),
    ],
)
def test_a_body_that_is_not_what_its_source_sends_is_named(world: World, body: bytes, reason: str) -> None:
    record = world.put(Request("comtrade", "data", (("x", "1"),)), body, Answer("data", 1), JANUARY)
    with pytest.raises(CheckFailed, match=rf"{record.path.split('/')[1]}: not as comtrade sends it: .*{reason}"):
        world.build()
    assert not typed(world)


def test_a_body_without_staging_sql_is_named(world: World) -> None:
    world.put(Request("nowhere", "data", ()), b"{}", Answer("data", 1), JANUARY)
    with pytest.raises(CheckFailed, match=r"no nowhere\.sql"):
        world.build()


def test_a_failing_check_keeps_the_tables_of_before(built: World) -> None:
    database, files = built.paths.database.read_bytes(), marts(built)
    checks = built.copy_sql() / "checks"
    (checks / "nothing_sold.sql").write_text("-- fail: somebody sold something\nselect flows.hs6 from core.flows\n")
    built.comtrade([row(6)], at=LATER)
    with pytest.raises(CheckFailed, match=r"nothing_sold: somebody sold something(.|\n)*854231"):
        built.build()
    assert (built.paths.database.read_bytes(), marts(built)) == (database, files)
    assert not (built.paths.processed / ".next").exists()


def test_a_warning_shows_in_the_summary_and_is_kept(built: World) -> None:
    checks = built.copy_sql() / "checks"
    (checks / "something_sold.sql").write_text("-- warn: somebody sold something\nselect flows.hs6 from core.flows\n")
    assert "warnings: something_sold (3)" in built.build()
    sql = "select level, outcome, bad_rows from checks.results where check_name = 'something_sold'"
    assert built.ask(sql) == [("warn", "warned", 3)]


def test_a_grain_that_does_not_hold_is_shown(built: World) -> None:
    sql = built.copy_sql() / "marts" / "without_family.sql"
    twice = "select flows.hs6 from core.flows union all select '854239' as hs6"
    sql.write_text(f"-- Twice the same.\n-- grain: hs6\n{twice}\n")
    with pytest.raises(CheckFailed, match=r"marts\.without_family: its grain \(hs6\) does not hold(.|\n)*854239"):
        built.build()


CHANGES = {
    "core/flows.sql": [
        ("select count(*) as n from marts.direct", "core may read core, ref, staging"),
        ("select * from core.rows", r"selects \*"),
        ("select rows.hs6 from rows", "write its layer"),
        ("select hs6 from core.nothing", "core.nothing, which nothing makes"),
        ("select content from read_text('/etc/passwd')", "reading files is the work of sql/staging"),
        ("select a from '/etc/passwd'", "reads /etc/passwd"),
        ("select hs6 from core.rows union all by name select hs6 from core.rows", "union by name"),
        ("select quantile_cont(value_usd, 0.5) as n from core.rows", "quantile_cont"),
        ("select a.hs6 from core.rows as a asof join core.rows as b on a.period >= b.period", "asof join"),
        ("select row_number() over (order by hs6) as place from core.rows", "without cast"),
        ("select hs6 from core.family_flows", "in a circle: .*core.family_flows"),
        ("selec hs6", "is not one SELECT"),
        ("select 1 as n; drop table core.rows", "is not one SELECT"),
    ],
    "marts/rejections.sql": [("select file_id from staging.files", "marts may read core, marts, ref")],
}


@pytest.mark.parametrize(
    ("file", "sql", "refusal"), [(file, *one) for file, several in CHANGES.items() for one in several]
)
def test_sql_that_breaks_a_rule_is_refused_before_anything_is_made(
    built: World, file: str, sql: str, refusal: str
) -> None:
    before = built.paths.database.read_bytes()
    (built.copy_sql() / file).write_text(f"-- What it is.\n-- grain: hs6\n{sql}\n")
    with pytest.raises(UsageError, match=refusal):
        built.build()
    assert built.paths.database.read_bytes() == before


@pytest.mark.parametrize(
    ("file", "text"), [("marts/direct.sql", "select 1 as n"), ("checks/x.sql", "-- Fine.\nselect 1 as n")]
)
def test_a_header_that_says_too_little_is_refused(built: World, file: str, text: str) -> None:
    (built.copy_sql() / file).write_text(text)
    with pytest.raises(UsageError, match=rf"sql/{file}.*write `-- "):
        built.build()


def test_two_builds_do_not_collide(built: World) -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests'); from pathlib import Path; from worlds import World; "
        f"World(Path({str(built.home)!r})).build()"
    )
    with lock(built.paths):
        second = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert "another build of profile world is running" in second.stderr
    built.build()


def test_with_little_memory_the_tables_are_the_same_and_a_size_without_unit_is_refused(built: World) -> None:
    before = marts(built)
    built.paths.database.unlink()
    with pytest.raises(UsageError, match="--memory '3' is no amount of memory, write it as in 3GB"):
        built.build(memory="3")
    assert not built.paths.database.exists()
    built.build(memory="200MB")
    assert marts(built) == before


def test_too_little_memory_ends_as_incomplete_and_keeps_the_tables(built: World) -> None:
    database = built.paths.database.read_bytes()
    with pytest.raises(Incomplete, match=r"no room for what it must hold: .*; give more with `--memory`"):
        built.build(memory="1MB")
    assert built.paths.database.read_bytes() == database


def test_a_full_disk_ends_as_incomplete_and_keeps_the_tables(built: World) -> None:
    database, files = built.paths.database.read_bytes(), marts(built)
    program = (
        "import resource, signal, sys; sys.path.insert(0, 'tests')\n"
        "from pathlib import Path; from worlds import World\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        f"World(Path({str(built.home)!r})).build()"
    )
    stopped = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert "Incomplete: the build of profile world could not read or write a file" in stopped.stderr
    assert (built.paths.database.read_bytes(), marts(built)) == (database, files)
    built.build()


def test_an_unknown_engine_is_refused(built: World) -> None:
    with pytest.raises(UsageError, match="engine 'oracle'"):
        built.build(engine="oracle")


# --- reading the tables ---


def test_a_reader_keeps_its_tables_while_new_ones_are_swapped_in(built: World) -> None:
    with read(built.paths) as reader:
        built.comtrade([row(6)], at=LATER)
        built.build()
        assert reader.execute("select sum(value_usd) from core.flows").fetchall() == [(23,)]
    assert built.number("select sum(value_usd) from core.flows") == 17


def test_a_table_comes_with_numbers_months_units_and_sources(built: World) -> None:
    frame = table("marts.direct", built.paths, reporter="CHN", family=["F854231", "F854239"])
    assert len(frame) == 2 * 24
    assert frame["value_usd"].dtype == "float64"
    assert pd.api.types.is_datetime64_any_dtype(frame["period"])
    assert frame["value_usd"].sum() == 23
    assert frame[["family", "period"]].apply(tuple, axis=1).is_monotonic_increasing
    assert frame.attrs["units"]["value_usd"] == "USD"
    assert frame.attrs["sources"][0]["source"] == "comtrade"
    assert frame.attrs["sources"][0]["vintage_last"].startswith("2026-01-15")


@pytest.mark.parametrize("period", ["2021-11-01", date(2021, 11, 1), pd.Timestamp("2021-11-01"), ["2021-11-01"]])
def test_a_month_can_be_named_in_any_form(built: World, period: object) -> None:
    assert table("core.flows", built.paths, period=period)["value_usd"].sum() == 12


def test_a_value_that_is_none_of_its_column_is_refused(built: World) -> None:
    with pytest.raises(UsageError, match=r"core\.flows: .*November"):
        table("core.flows", built.paths, period="November")


def test_configuration_comes_in_the_order_of_its_file(built: World) -> None:
    events = table("ref.events", built.paths)
    assert list(events["event_id"]) == [one.event_id for one in built.config.events]
    assert events.attrs["meanings"]["label"] == "Short text for charts"


def test_unknown_tables_and_columns_are_answered_with_the_nearest(built: World) -> None:
    with pytest.raises(UsageError, match=r"'marts\.dircet', did you mean .*marts\.direct"):
        table("marts.dircet", built.paths)
    with pytest.raises(UsageError, match=r"did you mean .*reporter"):
        table("marts.direct", built.paths, reportr="CHN")


def test_without_tables_the_way_to_them_is_named(world: World) -> None:
    with pytest.raises(UsageError, match="run `chipflows --profile world build`"):
        table("marts.direct", world.paths)


def test_a_query_prints_each_format(built: World, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    sql = "select flows.hs6, flows.period, flows.value_usd from core.flows where hs6 = '854239'"
    found = {}
    for form in ("table", "csv", "json", "parquet"):
        query(built.paths, sql, form)
        found[form] = capsysbinary.readouterr().out
    assert found["table"] == b"hs6     period      value_usd\n854239  2021-11-01          7\n"
    assert found["csv"] == b'"hs6","period","value_usd"\n"854239",2021-11-01,7.000\n'
    assert json.loads(found["json"]) == [{"hs6": "854239", "period": "2021-11-01", "value_usd": 7.0}]
    assert found["parquet"].startswith(b"PAR1")


def test_a_spreadsheet_takes_no_text_of_a_query_for_a_formula(
    built: World, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    query(built.paths, "select '=1+1' as a, '@x' as b, 'a=1' as c, -1 as d, null::varchar as e", "csv")
    assert capsysbinary.readouterr().out == b'"a","b","c","d","e"\n"\'=1+1","\'@x","a=1",-1,\n'


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{secret}')",
        "select * from '{secret}'",
        "copy (select 1) to '{out}'",
        "attach '{out}'",
        "export database '{out}'",
        "create table core.x as select 1",
        "drop table core.rows",
        "set enable_external_access = true",
        "install httpfs",
        "load httpfs",
        "select 1; select 2",
        "select getenv('HOME')",
        "selec 1",
        "",
    ],
)
def test_a_query_can_neither_write_nor_reach_a_file(built: World, tmp_path: Path, sql: str) -> None:
    secret, out = tmp_path / "secret.csv", tmp_path / "out.csv"
    secret.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match=r"^(write one SELECT|the query can't be answered)"):
        query(built.paths, sql.format(secret=secret, out=out))
    assert not out.exists()


# --- the walk back ---


def test_a_number_is_traced_to_its_line_in_a_raw_file(world: World) -> None:
    world.comtrade([row(1), row(2)][1:], at=JANUARY)
    record = world.comtrade([row(9, code="854239"), row(4), row(6, period="202112")], at=LATER)
    world.build()
    found = trace(world.paths, "marts.direct", "reporter = 'CHN' and family = 'F854231' and period = '2021-11-01'")
    assert found.rows.to_pylist()[0]["value_usd"] == 4
    assert [(one["value_native"], one["row_number"]) for one in found.received.to_pylist()] == [(4, 2)]
    (file,) = found.files
    assert (file["sha256"], file["row_numbers"]) == (record.sha256, [2])
    text = str(found)
    assert f"sha256 {record.sha256}" in text
    assert "received 2026-03-16T12:00:00.000000Z" in text
    assert "rows 2 of 3" in text


def test_totals_and_comparisons_are_traced_to_all_their_rows(world: World) -> None:
    codes = ("854231", "854239")
    world.comtrade([row(5, code=code, period=period) for code in codes for period in ("202111", "202204", "202209")])
    world.build()
    where = "supplier = 'china' and hs_group = 'tier_1' and period = '2021-11-01'"
    total = trace(world.paths, "marts.direct_totals", where)
    assert sum(one["value_usd"] for one in total.received.to_pylist()) == 10
    where = "reporter = 'CHN' and family = 'F854231' and baseline = 'W1' and after_window = 'A1'"
    compared = trace(world.paths, "marts.before_after", where)
    assert [one["period"] for one in compared.received.to_pylist()] == [date(2021, 11, 1), date(2022, 4, 1)]


def test_a_trace_shows_only_the_source_that_speaks(world: World) -> None:
    world.rates([("2021-11-02", "1")])
    scope = {"reporters": ("DEU",), "partners": ("RUS",), "flows": ("export",), "periods": ("2021-11",)}
    world.comext([("DE", "RU", "85423111", "VALUE_IN_EUROS", "2021-11", "100")], codes=("854231",), **scope)
    world.comtrade([row(90, reporter=276)], reporters=("DEU",))
    world.build()
    found = trace(world.paths, "marts.direct", "reporter = 'DEU' and family = 'F854231' and period = '2021-11-01'")
    assert [one["source"] for one in found.received.to_pylist()] == ["eurostat_comext"]


def test_a_condition_that_is_no_sql_is_refused(built: World) -> None:
    with pytest.raises(UsageError, match=r"marts\.direct where reporter ="):
        trace(built.paths, "marts.direct", "reporter =")
    with pytest.raises(UsageError, match="disabled"):
        trace(built.paths, "read_text('/etc/passwd')", "true")


# --- real bodies ---

REAL = Path(os.environ.get("CHIPFLOWS_REAL") or "absent")


@pytest.mark.skipif(not REAL.is_dir(), reason="CHIPFLOWS_REAL names no folder of real files")
def test_every_recorded_comtrade_row_lands_exactly_once(world: World) -> None:
    from chipflows.config import load_config
    from chipflows.sources.comtrade import read_file

    world.config = load_config(ROOT / "config")
    sent = []
    for path in sorted((REAL / "comtrade").glob("*/*.json")):
        found = json.loads(path.read_text(encoding="utf-8-sig"))
        rows = found.get("data") if isinstance(found, dict) else None
        if not rows or "primaryValue" not in rows[0]:
            continue
        # Some recordings hold only the head of an answer; its count is that of the whole.
        body = json.dumps(found | {"count": len(rows)}).encode()
        ((request, answer),) = read_file(path.name, body, world.config)
        if request.request_id not in {one[0] for one in sent}:
            world.put(request, body, answer, JANUARY)
            sent += [(request.request_id, one["period"], one["cmdCode"]) for one in rows]
    world.build()
    landed = world.ask("select lands_in, frequency, length(code) = 6 as is_six, count(*) from core.rows group by all")
    assert sum(one[3] for one in landed) == len(sent) > 20
    right = {("flows", "M", True), ("flows_yearly", "A", True), ("headings", "A", False), ("headings", "M", False)}
    assert {one[:3] for one in landed} <= right
    assert world.ask("select hs6, reporter, period, value_usd from core.flows where period = '2026-06-01'") == [
        ("281820", "USA", date(2026, 6, 1), 61_699_469)
    ]
    monthly = sum(len(period) == 6 for _, period, code in sent if len(code) == 6)
    assert world.number("select count(*) from core.flows") == monthly


def test_a_swap_while_a_reader_connects_never_mixes_two_databases(
    built: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, made = built.paths.database, []
    real = duckdb.connect

    def swapped_meanwhile(*words: Any, **settings: Any) -> duckdb.DuckDBPyConnection:
        connection = real(*words, **settings)
        if not made:
            (tmp_path / "new").write_bytes(database.read_bytes())
            os.replace(tmp_path / "new", database)
        made.append(connection)
        return connection

    monkeypatch.setattr("chipflows.warehouse.formats.duckdb.connect", swapped_meanwhile)
    with read(built.paths) as connection:
        assert connection.execute("select count(*) from core.flows").fetchall()
    assert len(made) == 2, "the first saw a swap and was given up"


def test_a_profile_that_nothing_is_known_of_is_not_built(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(UsageError, match=r"holds no raw files .* is the name right"):
        world.build()
    assert not world.paths.database.exists()
