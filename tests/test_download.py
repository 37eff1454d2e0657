"""Downloading against the stand-in: everything arrives once, whatever breaks, and what can't be had is said."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from standin.clock import stopped
from standin.comtrade import KEY_COLUMNS, Asked, Comtrade, scattered
from standin.study import corridor, write_study

from chipflows.config import Limits, load_config, months
from chipflows.errors import Incomplete, UsageError
from chipflows.paths import PROJECT, Paths
from chipflows.raw.logs import append, entries, locked
from chipflows.raw.records import Answer, Record, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import download
from chipflows.sources.account import lower_bound
from chipflows.sources.quota import Ledger, QuotaSpent
from chipflows.warehouse.arrivals import typing
from chipflows.warehouse.files import read_records
from chipflows.warehouse.typed import holds_rows, parse_all

KEY = "free-key-1"
CODES = ["854110", "854140", "854141", "854231", "854232", "854239", "8541", "8542", "847330", "851762"]
MONTHS = [f"{year}{month:02}" for year in (2021, 2022) for month in range(1, 13)]
REPORTERS = [156, 344, 276, 380, 490, 699, 842, 392, 410, 792]
ALL_FAULTS = (
    "429", "429_silent", "500", "502", "503", "504", "html", "redirect", "redirect_here", "reset",
    "cut", "cut_gzip", "cut_short", "gzip", "duplicate", "count",
)  # fmt: skip
RUSSIA = corridor("russia_supply", ["*"], ["RUS"], ["export", "re_export"])
HUBS = corridor("china_to_hubs", ["CHN", "HKG"], ["role:hub", "W00"], ["export"])
NOW = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """What the server knows: reporters, Taiwan and Italy among them, to Russia and Kazakhstan."""
    return scattered(MONTHS, REPORTERS, [643, 398], CODES, ["X", "RX"], 0.6)


@pytest.fixture(autouse=True)
def only_this_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CHIPFLOWS_") and name != "CHIPFLOWS_REAL"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_KEY", KEY)


@pytest.fixture(autouse=True)
def no_month_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger opened in this process counts one month's calls from a test's first line to its last."""
    monkeypatch.setattr("chipflows.sources.quota.datetime", stopped(NOW))


def ask(paths: Paths, server: Comtrade, monkeypatch: pytest.MonkeyPatch, **settings: bool) -> str:
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_URL", server.url)
    return download.run(paths, load_config(paths.config), **settings)


def trade_records(paths: Paths) -> list[Record]:
    return [record for record in Store(paths.raw).records("comtrade") if record.kind == "data"]


def stored(paths: Paths) -> pd.DataFrame:
    """Every row in the store, in the form and order of the truth."""
    store = Store(paths.raw)
    rows = [row for record in trade_records(paths) for row in json.loads(store.body(record))["data"]]
    columns = [*KEY_COLUMNS, "primaryValue", "classificationCode"]
    return pd.DataFrame(rows, columns=columns).sort_values(KEY_COLUMNS, ignore_index=True)


def expected(truth: pd.DataFrame, partners: list[int]) -> pd.DataFrame:
    columns = [*KEY_COLUMNS, "primaryValue", "classificationCode"]
    return truth[truth.partnerCode.isin(partners)][columns].sort_values(KEY_COLUMNS, ignore_index=True)


def assert_complete(paths: Paths, truth: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(stored(paths), expected(truth, [643]), check_dtype=False)


def cells(record: Record) -> Iterator[tuple[str, ...]]:
    """The cells of a stored answer; all reporters together count as one."""
    scope = record.asked
    return product(
        scope.periods or (), scope.reporters or ("*",), scope.partners or (), scope.codes or (), scope.flows or ()
    )


def calls_and_bound(line: str) -> tuple[int, int]:
    found = re.search(r"comtrade: ([\d,]+) calls \(lower bound ([\d,]+)\), ([\d,]+) rows", line)
    assert found, line
    return int(found[1].replace(",", "")), int(found[2].replace(",", ""))


def data_calls(server: Comtrade) -> list[Asked]:
    return [one for one in server.log if one.path.startswith("/data")]


# --- everything arrives, once ---


def test_everything_arrives_and_a_second_run_asks_nothing(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12")
    with Comtrade(truth) as server:
        line = ask(paths, server, monkeypatch)
        assert_complete(paths, truth)
        assert calls_and_bound(line)[0] == len(server.log)
        assert len(data_calls(server)) == 2, "24 months fit into two calls"
        assert f"{len(expected(truth, [643])):,} rows, quota left 478" in line
        assert ask(paths, server, monkeypatch) == "comtrade: 0 calls (lower bound 0), 0 rows, quota left 478"
    held = stored(paths)
    assert set(held.classificationCode) == {"H5", "H6"}
    assert {380, 490} <= set(held.reporterCode)


def test_typed_forms_lie_ready_when_a_download_ends_and_a_body_that_sql_refuses_waits_for_the_build(
    tmp_path: Path, truth: pd.DataFrame
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-12", rows_per_call=100)
    with Comtrade(truth, caps={"free": 100, "preview": 500}) as server:
        done = command(paths, server)
    assert done.returncode == 0, done.stderr
    files = [file for file in read_records(paths.raw) if holds_rows(file)]
    for file in files:
        (typed,) = file.body.parent.glob(f"{file.file_id}.*.parquet")
        assert file.kind != "data" or pq.read_metadata(typed).num_rows == file.rows
    assert sum(file.rows for file in files if file.kind == "data") > 100
    _, parsed = parse_all(files, PROJECT / "sql", lambda line: None)
    assert parsed == 0
    with typing(replace(paths, project=PROJECT)) as arrived:
        request = Request("comtrade", "data", (("period", "202201"),), Scope())
        broken = Store(paths.raw).put(request, b"{}", Answer("data", 1), origin="test")
        assert broken is not None
        arrived(broken)
    assert not list(paths.raw.glob(f"*/{broken.file_id}.*.parquet"))


def test_silent_truncation_is_split_until_exactly_the_truth_is_held(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Figures of one code only: far denser than the count of the whole month tells.
    uneven = truth[(truth.cmdCode.isin(["854231", "854232"])) | (truth.period == "202203")]
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=45)
    with Comtrade(uneven, caps={"free": 45, "preview": 500}) as server:
        ask(paths, server, monkeypatch)
        assert_complete(paths, uneven)
        cut = [one for one in data_calls(server) if one.rows == 45]
        assert cut, "the test is about answers that were cut"
        assert max(Counter(json.dumps(one.parameters) for one in cut).values()) == 1
    covered = Counter(cell for record in trade_records(paths) for cell in cells(record))
    assert set(covered.values()) == {1}


def test_without_a_key_the_preview_gives_the_same(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHIPFLOWS_COMTRADE_KEY")
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-06", keyless_rows_per_call=40)
    some = truth[truth.period <= "202106"]
    with Comtrade(some, caps={"preview": 40}) as server:
        line = ask(paths, server, monkeypatch)
        assert not data_calls(server)
        assert all(one.key is None for one in server.log)
    assert_complete(paths, some)
    assert "quota" not in line


def test_plus_mode_details_are_never_stored(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-12")
    some = truth[truth.period < "202201"]
    with Comtrade(some, extended=frozenset(REPORTERS)) as server:
        ask(paths, server, monkeypatch)
    assert_complete(paths, some)


def test_a_month_not_published_is_an_empty_answer_without_availability(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [corridor("one", ["TWN"], ["RUS"], ["export"])], "2021-01", "2021-02")
    with Comtrade(truth, hidden={(490, "202101"), (490, "202102")}) as server:
        ask(paths, server, monkeypatch)
        [held] = trade_records(paths)
        assert (held.outcome, held.rows, held.asked.reporters) == ("empty", 0, ("TWN",))
        server.release(490, "202102", "2026-01-02T00:00:00")
        ask(paths, server, monkeypatch, refresh=True)
    newest = trade_records(paths)[-1]
    assert (newest.outcome, newest.asked.periods) == ("data", ("2021-02",))


def test_refresh_asks_only_what_was_revised(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA, HUBS], "2021-01", "2022-12")
    with Comtrade(truth.copy()) as server:
        ask(paths, server, monkeypatch)
        server.revise(156, "202105", 2.0, "2026-01-02T00:00:00")
        before = len(data_calls(server))
        ask(paths, server, monkeypatch, refresh=True)
        again = data_calls(server)[before:]
        assert [(one.parameters["reportercode"], one.parameters["period"]) for one in again] == [("156", "202105")] * 2
        ask(paths, server, monkeypatch, refresh=True)
        assert len(data_calls(server)) == before + 2


# --- faults, kills, refusals ---


def test_every_kind_of_fault_is_got_over(tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=150, timeout_seconds=1)
    kinds = [*ALL_FAULTS, "stall"]
    with Comtrade(truth, caps={"free": 150, "preview": 500}) as server:
        server.next_faults.extend(word for kind in kinds for word in ("", kind))
        ask(paths, server, monkeypatch)
        assert {one.fault for one in server.log} == {"", *kinds}
    assert_complete(paths, truth)


def test_a_third_of_answers_faulty_and_silent_truncation_end_with_exactly_the_truth(
    tmp_path: Path, truth: pd.DataFrame
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=150)
    faults = dict.fromkeys(ALL_FAULTS, 0.3 / len(ALL_FAULTS))
    with Comtrade(truth, caps={"free": 150, "preview": 500}, faults=faults, seed=7) as server:
        done = command(paths, server)
        faulty = [one for one in server.log if one.fault]
    assert done.returncode == 0, done.stderr
    assert_complete(paths, truth)
    calls, bound = calls_and_bound(done.stdout)
    # A redirect within the host is followed by a call that the session counts too.
    assert calls == len(server.log)
    assert len(faulty) > 0.15 * calls
    assert bound <= calls - len(faulty) <= 1.5 * bound
    assert done.stderr == "", "no progress bar where there is no terminal"
    print(done.stdout)


def test_killed_at_random_moments_it_ends_the_same_and_asks_nothing_it_holds(
    tmp_path: Path, truth: pd.DataFrame
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=100)
    draw, kills = random.Random(5), 0
    with Comtrade(truth, caps={"free": 100, "preview": 500}, pause_seconds=0.01) as server:
        while True:
            process, enough = start(paths, server), len(server.log) + draw.randint(1, 12)
            while process.poll() is None and len(server.log) < enough:
                time.sleep(0.002)
            time.sleep(draw.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            if process.wait() == 0:
                break
            assert process.returncode == -signal.SIGKILL, process.communicate()
            kills += 1
        given = [one for one in data_calls(server) if one.status == 200 and one.rows < 100]
    assert kills >= 2
    assert_complete(paths, truth)
    records = trade_records(paths)
    assert set(Counter(cell for record in records for cell in cells(record)).values()) == {1}
    assert len(given) - len(records) <= kills, "at most one answer is lost with every kill"


def command(paths: Paths, server: Comtrade) -> subprocess.CompletedProcess[str]:
    process = start(paths, server)
    out, errors = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def start(paths: Paths, server: Comtrade) -> subprocess.Popen[str]:
    more = {"CHIPFLOWS_COMTRADE_URL": server.url, "CHIPFLOWS_HOME": str(paths.home)}
    words = [sys.executable, "-m", "chipflows", "--profile", paths.profile, "--config", str(paths.config), "download"]
    return subprocess.Popen(
        words, env=os.environ | more, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=paths.home
    )


@pytest.mark.parametrize("replenished", ["03:14:17", "27.03:14:17"])
def test_a_used_up_quota_stops_with_exit_3_keeps_the_ledger_and_is_not_asked_again(
    tmp_path: Path, truth: pd.DataFrame, replenished: str
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=60)
    with Comtrade(truth, caps={"free": 60, "preview": 500}, quotas={KEY: 5}, replenished_in=replenished) as server:
        first = command(paths, server)
        made = len(data_calls(server))
        second = command(paths, server)
        assert len(data_calls(server)) == made == 6, "the source said no: until then it is not asked"
    assert (first.returncode, second.returncode) == (3, 3)
    assert f"Quota will be replenished in {replenished}." in first.stderr
    assert re.search(r"\(at \d{4}-\d\d-\d\d \d\d:\d\d UTC\)", first.stderr)
    assert re.search(r"still missing: russia_supply 2021-\d\d to 2022-12", first.stderr)
    assert "takes no calls with this key until" in second.stderr
    [ledger] = paths.quota.glob("comtrade-*.jsonl")
    assert [json.loads(line)["event"] for line in ledger.read_text().splitlines()] == ["call"] * 6 + ["closed"]
    assert 0 < len(trade_records(paths)) <= 5, "what was received is kept"


def test_our_own_quota_is_kept_across_runs(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=150, quota=4)
    with Comtrade(truth, caps={"free": 150, "preview": 500}) as server:
        for _ in range(2):
            with pytest.raises(Incomplete, match=r"quota left 0; incomplete: .*quota of 4 calls a month is used up"):
                ask(paths, server, monkeypatch)
        assert len(data_calls(server)) == 4
        write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=150, quota=480)
        ask(paths, server, monkeypatch)
    assert_complete(paths, truth)


def test_a_wrong_key_stops_at_once(tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_KEY", "another-key")
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12")
    with Comtrade(truth) as server:
        with pytest.raises(Incomplete, match=r"the key was refused .*: check CHIPFLOWS_COMTRADE_KEY"):
            ask(paths, server, monkeypatch)
        assert [one.status for one in data_calls(server)] == [401]


def test_a_source_that_is_down_is_given_up_and_the_others_still_come(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    from standin.ecb import Ecb

    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12")
    profile = paths.config / "profiles" / "live.toml"
    profile.write_text(profile.read_text().replace('["comtrade"]', '["comtrade", "fx"]'))
    currencies = sorted({source.currency for source in load_config(paths.config).sources.values()} - {"EUR"} | {"USD"})
    rates = {(currency, month): "1.1" for currency in currencies for month in months("2021-01", "2022-12")}
    with Comtrade(truth, faults={"503": 1.0}) as server, Ecb(rates) as ecb:
        monkeypatch.setattr("chipflows.sources.http.TRIES", 2)
        monkeypatch.setenv("CHIPFLOWS_FX_URL", ecb.address)
        with pytest.raises(Incomplete) as caught:
            ask(paths, server, monkeypatch)
        assert len(server.log) == 4, "two questions, two tries each: then it is down"
    assert "comtrade: status 503" in str(caught.value)
    assert "still missing: availability 2021-01 to 2022-12, russia_supply 2021-01 to 2022-12" in str(caught.value)
    assert re.search(r"fx: 1 calls \(lower bound 1\), [1-9]\d* rows$", str(caught.value))
    assert [record.source for record in Store(paths.raw).records()] == ["fx"]


def test_a_preview_closed_by_policy_does_not_stop_what_has_a_key(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12")
    with Comtrade(truth, closed="public") as server, pytest.raises(Incomplete) as caught:
        ask(paths, server, monkeypatch)
    assert "All calls are rejected by policy" in str(caught.value)
    assert str(caught.value).endswith("still missing: availability 2021-01 to 2022-12")
    assert_complete(paths, truth)


def test_one_answer_that_stays_broken_does_not_stop_the_rest(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12")
    monkeypatch.setattr("chipflows.sources.http.TRIES", 2)
    with Comtrade(truth) as server:
        server.next_faults.extend([*[""] * 3, "count", "duplicate"])
        with pytest.raises(Incomplete, match=r"stands twice.*still missing: russia_supply 2021-01 to 2021-12$"):
            ask(paths, server, monkeypatch)
        ask(paths, server, monkeypatch)
    assert_complete(paths, truth)


# --- the key, the lock, the ledger ---


def test_the_key_is_nowhere_but_in_the_header(tmp_path: Path, truth: pd.DataFrame) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2022-12", rows_per_call=60)
    faults = {"500": 0.1, "429": 0.1, "cut": 0.1}
    with Comtrade(truth, caps={"free": 60, "preview": 500}, quotas={KEY: 9}, faults=faults, seed=1) as server:
        done = command(paths, server)
    assert done.returncode == 3
    assert KEY not in done.stdout + done.stderr
    assert not any(KEY in value for one in server.log for value in one.parameters.values())
    assert not any(one.key for one in server.log if one.path.startswith("/public"))
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 10
    for file in files:
        assert KEY not in str(file)
        assert KEY.encode() not in file.read_bytes()
    for record in Store(paths.raw).records():
        assert KEY.encode() not in Store(paths.raw).body(record)


def test_two_downloads_at_once_are_refused(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-12")
    with Comtrade(truth) as server, download.only_one(paths):
        with pytest.raises(Incomplete, match="another download into profile live is running"):
            ask(paths, server, monkeypatch)
        assert server.log == []


def test_made_up_profiles_and_unknown_sources_are_refused(tmp_path: Path) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-12")
    config = load_config(paths.config)
    for profile, sources, text in (
        ("demo", None, "made-up figures only"),
        ("scratch", None, "downloads nothing by itself"),
        ("live", ["nowhere"], "no source is called 'nowhere'"),
    ):
        other = Paths(paths.project, paths.home, paths.config, profile)
        with pytest.raises(UsageError, match=text):
            download.run(other, config, sources=sources)


def test_the_plan_says_what_would_be_asked_and_why_and_asks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = corridor("china_elsewhere", ["CHN", "HKG"], ["reference_partners"], ["export"], needs_key=True)
    paths = write_study(tmp_path, [HUBS, elsewhere], "2021-01", "2021-12", rows_per_call=150)
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_URL", "http://127.0.0.1:9")
    config = load_config(paths.config)
    planned = download.plan(paths, config)
    kinds = [(one.request.kind, one.is_metered) for one in planned[:3]]
    assert kinds == [("availability", False), ("count", False), ("data", True)]
    assert planned[0].reason == "what was published for 2021-01 to 2021-12"
    assert re.match(r"china_to_hubs and china_elsewhere: \d+ codes, 2021-01$", planned[2].reason)
    monkeypatch.delenv("CHIPFLOWS_COMTRADE_KEY")
    text = download.plan_text(paths, config)
    assert "only with a key in CHIPFLOWS_COMTRADE_KEY: china_elsewhere" in text
    assert "china_to_hubs+china_elsewhere" not in text
    assert not paths.raw.exists()


def test_the_ledger_knows_the_month_and_the_key_by_a_fingerprint(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "comtrade", KEY, 2, now=lambda: NOW)
    ledger.spend()
    ledger.spend()
    with pytest.raises(QuotaSpent, match="quota of 2 calls a month is used up until 2026-11-01") as caught:
        ledger.spend()
    assert caught.value.until == datetime(2026, 11, 1, tzinfo=UTC)
    assert Ledger(tmp_path, "comtrade", "another", 2, now=lambda: NOW).left() == 2
    later = Ledger(tmp_path, "comtrade", KEY, 2, now=lambda: NOW + timedelta(hours=2))
    assert (ledger.left(), later.left()) == (0, 2)
    later.spend()
    assert len(list(tmp_path.iterdir())) == 2
    assert not any(KEY in file.name or KEY in file.read_text() for file in tmp_path.iterdir())


def test_a_closed_ledger_opens_when_the_source_said(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "comtrade", KEY, 9, now=lambda: NOW)
    ledger.close(NOW + timedelta(hours=3))
    with pytest.raises(QuotaSpent, match="until 2026-11-01 02:00 UTC"):
        ledger.spend()
    Ledger(tmp_path, "comtrade", KEY, 9, now=lambda: NOW + timedelta(hours=4)).spend()


def test_a_line_torn_by_a_crash_counts_as_a_call_and_harms_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, "comtrade", KEY, 9, now=lambda: NOW)
    ledger.spend()
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + b'{"at": "2026-10-31T2')
    assert ledger.left() == 7
    ledger.spend()
    assert ledger.left() == 6
    assert [bool(entry) for entry in map(json_or_none, file.read_text().splitlines())] == [True, False, True]


def json_or_none(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None


SPENDING = """
import sys
from datetime import datetime
from pathlib import Path
from chipflows.sources.quota import Ledger, QuotaSpent
now = datetime.fromisoformat(sys.argv[2])
ledger, made = Ledger(Path(sys.argv[1]), "comtrade", "key", 30, now=lambda: now), 0
print("ready", flush=True)
try:
    while True:
        ledger.spend()
        made += 1
except QuotaSpent:
    print(made)
"""


def test_processes_that_share_a_key_share_its_quota_and_wait_for_each_other(tmp_path: Path) -> None:
    Ledger(tmp_path, "comtrade", "key", 30, now=lambda: NOW).spend()
    [file] = tmp_path.iterdir()
    words = [sys.executable, "-c", SPENDING, str(tmp_path), NOW.isoformat()]
    with locked(file) as log:
        racing = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        assert [process.stdout.readline() for process in racing if process.stdout] == ["ready\n"] * 2
        time.sleep(0.3)
        assert len(entries(log)) == 1, "who has not the log waits for it"
    assert sum(int(process.communicate(timeout=300)[0]) for process in racing) == 29


def test_the_fewest_calls_are_counted_by_rows_and_by_periods() -> None:
    limits = Limits(1000, 12, 4096, 1.0, keyless_rows_per_call=100, keyless_periods_per_call=1)

    def came(kind: str, corridor: str, periods: int, rows: int) -> tuple[Request, Answer]:
        scope = Scope(periods=months("2021-01", "2022-12")[:periods])
        return Request("comtrade", kind, (), scope, corridor), Answer("data", rows)

    few, many = came("data", "a", 24, 50), came("data", "b", 3, 3000)
    assert lower_bound([few], limits, has_key=True) == 2
    assert lower_bound([many], limits, has_key=True) == 4, "a call brings 999 rows: 1000 would be cut"
    assert lower_bound([few, many, few], limits, has_key=True) == 6
    assert lower_bound([few], limits, has_key=False) == 24
    assert lower_bound([came("availability", "", 24, 9000)], limits, has_key=False) == 2
    assert lower_bound([came("count", "a", 1, 9000)], limits, has_key=True) == 0
    assert lower_bound([came("rates", "", 24, 9000)], limits, has_key=True) == 1


def test_a_log_is_only_added_to(tmp_path: Path) -> None:
    for number in range(3):
        with locked(tmp_path / "new" / "log.jsonl") as log:
            append(log, {"number": number})
    with locked(tmp_path / "new" / "log.jsonl") as log:
        assert [entry["number"] for entry in entries(log)] == [0, 1, 2]


def test_boxes_too_large_are_remembered_across_runs(
    tmp_path: Path, truth: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_study(tmp_path, [RUSSIA], "2021-01", "2021-12", rows_per_call=60, quota=1)
    some = truth[truth.period == "202107"]
    with Comtrade(some, caps={"free": 60, "preview": 500}, faults={}) as server:
        for quota in (1, 2, 3):
            write_study(tmp_path, [RUSSIA], "2021-01", "2021-12", rows_per_call=60, quota=quota)
            with pytest.raises(Incomplete):
                ask(paths, server, monkeypatch)
        asked = [json.dumps(one.parameters) for one in data_calls(server)]
    assert len(asked) == len(set(asked)) == 3
    assert (paths.raw / "comtrade" / "oversized.jsonl").read_text().count("\n") >= 1
