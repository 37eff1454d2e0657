"""The demo: one world on every machine, scaled to what is published, with every planted oddity where it was planted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pytest

from chipflows.config import Config, load_config
from chipflows.demo import generate, planted, wire_us
from chipflows.demo.brought import NoSuchFlow, body_of
from chipflows.demo.published import Statistics
from chipflows.demo.rows import Rows
from chipflows.demo.settings import Settings, load_settings
from chipflows.demo.targets import exactly
from chipflows.demo.world import World, curve
from chipflows.errors import ConfigError, UsageError
from chipflows.paths import Paths, find_paths
from chipflows.raw.records import Answer, Record, Request, Scope
from chipflows.raw.store import Store
from chipflows.sources import baci, module_of
from chipflows.sources.comtrade_body import AVAILABILITY_COLUMNS, COLUMNS
from chipflows.warehouse.files import read_records
from chipflows.warehouse.typed import parse_all

CONFIG = Path(__file__).parents[1] / "config"
IC = ("854231", "854232", "854233", "854239")


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(CONFIG)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(CONFIG)


@pytest.fixture(scope="module")
def statistics(config: Config, settings: Settings) -> Statistics:
    return Statistics(World(config, settings))


@pytest.fixture(scope="module")
def paths(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """A demo profile that has been generated once."""
    found = replace(find_paths("demo"), home=tmp_path_factory.mktemp("demo"))
    generate(found, config)
    return found


@pytest.fixture(scope="module")
def records(paths: Paths) -> list[Record]:
    return list(Store(paths.raw).records())


def usd(
    statistics: Statistics, reporter: str, partner: str, codes: tuple[str, ...] | None = None, flow: str = "export"
) -> np.ndarray:
    """Trade by month in US dollars, of six-digit codes that start with any of `codes`."""
    rows = statistics.rows(reporter, flow)
    written = statistics.codes(rows)
    place = statistics.world.partners(reporter, flow).index(partner)
    chosen = [len(code) == 6 and (codes is None or code.startswith(codes)) for code in written]
    of = np.array(chosen, dtype=bool) & (rows.partner == place)
    return np.bincount(rows.at[of], rows.cents[of], len(statistics.months)) / 100


def between(statistics: Statistics, start: str, end: str) -> slice:
    return slice(statistics.months.index(start), statistics.months.index(end) + 1)


def body(paths: Paths, record: Record) -> list[dict]:
    return json.loads(Store(paths.raw).body(record), parse_float=Decimal)["data"]


def same(one: Rows, other: Rows) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)


# --- one world ---


def test_second_run_finds_everything_and_writes_nothing(paths: Paths, config: Config) -> None:
    before = {path: path.stat().st_mtime_ns for path in paths.raw.rglob("*")}
    assert "holds this world already" in generate(paths, config)
    assert {path: path.stat().st_mtime_ns for path in paths.raw.rglob("*")} == before


def test_another_process_makes_the_same_bytes(paths: Paths, records: list[Record], tmp_path: Path) -> None:
    env = os.environ | {"CHIPFLOWS_HOME": str(tmp_path), "PYTHONHASHSEED": "7", "CHIPFLOWS_COMTRADE_KEY": ""}
    command = [sys.executable, "-m", "chipflows", "--profile", "demo", "demo"]
    run = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert "comtrade: " in run.stdout
    again = {record.file_id: record.sha256 for record in Store(replace(paths, home=tmp_path).raw).records()}
    assert again == {record.file_id: record.sha256 for record in records}


def test_cells_do_not_depend_on_what_else_is_in_the_world(config: Config, settings: Settings) -> None:
    whole = Statistics(World(config, settings))
    fewer_codes = replace(config, hs_codes=tuple(one for one in config.hs_codes if one.hs6 not in ("853400", "854160")))
    fewer_codes = Statistics(World(fewer_codes, settings))
    fewer_exporters = {iso3: share for iso3, share in settings.share.items() if iso3 not in ("IDN", "BRA")}
    fewer_exporters = Statistics(World(config, replace(settings, share=fewer_exporters)))
    for reporter in ("KAZ", "DEU", "CHN"):
        assert same(fewer_exporters.rows(reporter, "export"), whole.rows(reporter, "export"))
        ours, theirs = (one.select(reporter, "export", Scope(codes=(*IC, "848210"))) for one in (whole, fewer_codes))
        assert len(ours) > 100
        # The place of a line shifts when one is left out; all else stays.
        assert same(replace(ours, line=theirs.line), theirs)


def test_amount_of_data(paths: Paths, records: list[Record]) -> None:
    rows = sum(record.rows for record in records if record.kind != "count")
    assert 400_000 < rows < 700_000
    assert sum(path.stat().st_size for path in paths.raw.rglob("*") if path.is_file()) < 40 * 2**20


def test_a_changed_world_replaces_its_own_files_only(config: Config, settings: Settings, tmp_path: Path) -> None:
    small = replace(config, project=replace(config.project, corridors=()))
    found = replace(find_paths("demo"), home=tmp_path)
    settings = replace(settings, brought=(), revision=())
    generate(found, small, settings)
    own = Request("fx", "rates", (("file", "mine"),), Scope(), label="mine")
    mine = Store(found.raw).put(own, b"x\n", Answer("data", 1), origin="file: mine.csv")
    before = {record.file_id: record.sha256 for record in Store(found.raw).records("fx")}
    generate(found, small, replace(settings, seed="another"))
    after = {record.file_id: record.sha256 for record in Store(found.raw).records("fx")}
    assert mine is not None
    assert after.keys() & before.keys() == {mine.file_id}
    assert len(after) == len(before)


def test_made_up_figures_stay_out_of_other_profiles(config: Config, tmp_path: Path) -> None:
    for profile in ("live", "scratch"):
        with pytest.raises(UsageError, match="--profile demo demo"):
            generate(replace(find_paths(profile), home=tmp_path), config)


# --- what the sources' own checks say ---


def test_every_body_is_what_its_source_would_send(paths: Paths, records: list[Record], config: Config) -> None:
    store = Store(paths.raw)
    for record in records:
        module, sent = module_of(record.source), store.body(record)
        if record.source == "baci":
            # What is stored of an archive are the rows of a year.
            [year] = record.scope["periods"]
            answer = baci.check(sent.splitlines()[1:], year, record.file_id, config)
        elif record.origin.startswith("file: "):
            [(request, answer)] = module.read_file(record.origin.removeprefix("file: "), sent, config)
            assert request.request_id == record.request_id
        else:
            asked = Request(record.source, record.kind, tuple(record.parameters.items()), record.asked, record.corridor)
            answer = module.check(asked, sent)
        assert (answer.outcome, answer.rows, answer.total) == (record.outcome, record.rows, record.total), (
            record.file_id
        )


def test_columns_stand_in_comtrades_order(paths: Paths, records: list[Record]) -> None:
    for kind, columns in (("data", COLUMNS), ("availability", AVAILABILITY_COLUMNS)):
        record = next(one for one in records if (one.source, one.kind, one.outcome) == ("comtrade", kind, "data"))
        assert list(body(paths, record)[0]) == list(columns)


def test_comext_and_comtrade_tell_nearly_the_same(paths: Paths, records: list[Record], statistics: Statistics) -> None:
    lines = [
        line.split(",")
        for record in records
        if record.source == "eurostat_comext" and not record.origin.startswith("file")
        for line in Store(paths.raw).body(record).decode().split("\r\n")[1:-1]
    ]
    euros = {month: 0 for month in statistics.months}
    for line in lines:
        if line[3:5] == ["DE", "RU"] and line[7] == "VALUE_IN_EUROS" and len(line[5]) == 6:
            euros[line[8]] += int(line[9])
    rates = dict(zip(statistics.months, curve(statistics.settings.rates["USD"], statistics.months), strict=True))
    ratio = [
        euros[month] * rates[month] / value
        for month, value in zip(statistics.months, usd(statistics, "DEU", "RUS"), strict=True)
    ]
    assert 0.95 < min(ratio) <= max(ratio) < 1.05
    assert len(set(np.round(ratio, 6))) > 50
    assert {line[7] for line in lines} == {"VALUE_IN_EUROS", "QUANTITY_IN_100KG"}


def hongkong(paths: Paths, records: list[Record], flow: str) -> list[dict]:
    """Hong Kong's own objects of a flow that hold a value."""
    store = Store(paths.raw)
    bodies = [store.body(one) for one in records if one.source == "hongkong_censtatd" and one.scope["flows"] == [flow]]
    return [row for sent in bodies for row in json.loads(sent)["dataSet"] if row["sv"] == "VCm"]


def test_hong_kong_tells_where_re_exports_come_from(paths: Paths, records: list[Record]) -> None:
    sums = {
        flow: sum(int(row["figure"].replace(",", "")) for row in hongkong(paths, records, flow))
        for flow in ("export", "re_export", "domestic_export")
    }
    assert sums["re_export"] + sums["domestic_export"] == pytest.approx(sums["export"], rel=1e-3)
    assert sums["re_export"] > 0.95 * sums["export"]
    origins = Counter()
    for row in hongkong(paths, records, "re_export"):
        origins[row["co"]] += int(row["figure"].replace(",", ""))
    assert 0.7 < origins["CN"] / origins.total() < 0.9
    assert set(origins) == {"CN", "TW", "KR"}
    arrived = hongkong(paths, records, "import")
    assert {row["cc"] for row in arrived} == {"CN"}
    assert {row["co"] for row in arrived} == {"CN", "TW", "KR"}


def test_hong_kong_books_late_but_within_the_year(
    paths: Paths, records: list[Record], statistics: Statistics, settings: Settings
) -> None:
    months = statistics.months
    euros = curve(settings.rates["HKD"], months) / curve(settings.rates["USD"], months)
    ours = Counter()
    for row in hongkong(paths, records, "export"):
        if row["cc"] == "RU" and row["code"].startswith("8542"):
            month = f"{row['period'][:4]}-{row['period'][4:]}"
            ours[month] += int(row["figure"].replace(",", "")) * 1000 / euros[months.index(month)]
    theirs = dict(zip(months, usd(statistics, "HKG", "RUS", ("8542",)), strict=True))
    ratios = [ours[month] / theirs[month] for month in months if theirs[month]]
    assert max(abs(ratio - 1) for ratio in ratios) > 0.02
    for year in ("2018", "2021", "2023"):
        of = [month for month in months if month.startswith(year)]
        assert sum(ours[month] for month in of) == pytest.approx(sum(theirs[month] for month in of), rel=0.01)


def test_every_source_is_in_the_demo(config: Config, records: list[Record]) -> None:
    assert {record.source for record in records} == set(config.sources)
    assert set(config.profile("demo").sources) == set(config.sources)


def staged(paths: Paths, config: Config, source: str) -> Counter[str]:
    """Dollars of 8542 to Russia by month, of a source's own files as staging reads them."""
    files = [file for file in read_records(paths.raw) if file.source == source]
    typed, _ = parse_all(files, paths.sql, lambda line: None)
    russia = config.codes_of(source, "RUS")
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select strftime(period, '%Y-%m'), currency, sum(value_native) from read_parquet(?)"
            " where list_contains(?, partner_code) and code like '8542__%' and reject_reason is null"
            " and flow_code not in ('imp') group by all",
            [[str(path) for path in typed["flows"]], list(russia)],
        ).fetchall()
    settings, months = load_settings(CONFIG), load_settings(CONFIG).months
    found = Counter[str]()
    for month, currency, value in rows:
        per_usd = 1.0
        if currency != "USD":
            per_usd = (curve(settings.rates[currency], months) / curve(settings.rates["USD"], months))[
                months.index(month)
            ]
        found[month] += float(value) / per_usd
    return found


@pytest.mark.parametrize(
    ("source", "reporter", "years"),
    [
        ("china_gacc", "CHN", ("2021", "2022", "2023", "2024")),
        ("taiwan_customs", "TWN", ("2019", "2021")),
        ("japan_customs", "JPN", ("2020", "2021")),
        ("korea_customs", "KOR", ("2021",)),
        ("us_census", "USA", ("2019", "2021")),
        ("uk_hmrc", "GBR", ("2019", "2021")),
        ("comtrade_web", "TUR", ("2023",)),
    ],
)
def test_an_office_says_nearly_what_comtrade_says(
    paths: Paths, config: Config, statistics: Statistics, source: str, reporter: str, years: tuple[str, ...]
) -> None:  # fmt: skip
    """A unit, a currency or a breakdown read wrongly would be off by far more."""
    ours = staged(paths, config, source)
    # The US say re-exports a second time, beside the exports that hold them.
    again = 1.0 + (wire_us.FOREIGN * 0.5 if source == "us_census" else 0.0)
    theirs = usd(statistics, reporter, "RUS", ("8542",))
    for year in years:
        of = between(statistics, f"{year}-01", f"{year}-12")
        total = sum(ours[month] for month in statistics.months[of])
        assert total == pytest.approx(again * theirs[of].sum(), rel=0.02), year


# --- scaled to what is published ---


def test_years_add_up_to_the_published_totals(config: Config, statistics: Statistics) -> None:
    checked = Counter()
    for fact in config.published_facts:
        reporter, partner = fact.reporter[0], fact.partner[0]
        is_half, is_none = fact.period.endswith(("H1", "H2")), fact.value == "no row"
        if fact.scales_demo or (fact.hs == "8542" and (is_half or is_none)):
            of = [month[:4] == fact.period[:4] for month in statistics.months]
            of = np.array(of) & ((np.arange(len(of)) % 12 >= 6) | (not is_half))
            wanted = Decimal(0 if is_none else fact.value) * 10**8
            for lengths in (4, 6):
                rows = statistics.select(reporter, "export", Scope(partners=(partner,)))
                codes = statistics.codes(rows)
                chosen = [code.startswith(fact.hs) and len(code) == lengths for code in codes] & of[rows.at]
                assert int(rows.cents[chosen].sum()) == wanted, (fact.fact_id, lengths)
            checked[reporter] += 1
    assert checked["CHN"] == 7
    assert {"HKG", "KGZ", "KAZ", "ARM", "TUR", "ARE"} < set(checked)


def test_sanctioning_economies_sold_about_what_is_publicly_known(statistics: Statistics, config: Config) -> None:
    members = config.sources["eurostat_comext"].reporters
    chips = sum(usd(statistics, one, "RUS", ("8542",)) for one in members)
    year = chips[between(statistics, "2021-01", "2021-12")].sum() / 1.18
    assert 500e6 < year < 750e6
    assert chips[between(statistics, "2022-04", "2022-12")].mean() < 0.03 * year / 12


@pytest.mark.parametrize(("wanted", "smallest", "cells"), [(100.0, 30.0, 3), (0.02, 30.0, 1), (1e6, 1.0, 4)])
def test_cents_add_up_exactly(wanted: float, smallest: float, cells: int) -> None:
    found = exactly(np.array([[3.0, 1.0], [1.0, 1 / 3]]), wanted, smallest)
    assert found.sum() == round(wanted * 100)
    assert np.count_nonzero(found) == cells
    assert found.argmax() == 0


# --- oddities ---


def test_stockpiling_and_break(statistics: Statistics) -> None:
    chips = usd(statistics, "DEU", "RUS", IC)
    mean = chips[between(statistics, "2021-01", "2021-09")].mean()
    assert chips[between(statistics, "2021-10", "2021-12")].mean() > 1.25 * mean
    assert chips[between(statistics, "2022-01", "2022-02")].mean() > 0.7 * mean
    assert chips[between(statistics, "2022-03", "2022-03")].mean() < 0.15 * mean


def test_each_reporter_changes_edition_at_its_own_date(statistics: Statistics) -> None:
    changed = {
        "DEU": "2022-01",
        "USA": "2022-02",
        "MYS": "2022-07",
        "VNM": "2022-12",
        "UZB": "2023-01",
        "MDV": "2024-01",
    }
    for reporter, since in changed.items():
        rows = statistics.rows(reporter, "export")
        editions = [statistics.editions[place] for place in rows.edition.tolist()]
        months = [statistics.months[at] for at in rows.at.tolist()]
        assert min(month for month, edition in zip(months, editions, strict=True) if edition == "H6") >= since
        old = {edition for month, edition in zip(months, editions, strict=True) if month < since}
        assert old == {"H4" if reporter == "MDV" else "H5"}, reporter
    rows = statistics.rows("CHN", "export")
    codes = defaultdict(set)
    for at, code in zip(rows.at.tolist(), statistics.codes(rows), strict=True):
        codes[statistics.months[at] >= "2022-01"].add(code)
    assert {"854890", "880330", "854140", "854150"} <= codes[False] - codes[True]
    assert {"854800", "880730", "854149", "854159"} <= codes[True] - codes[False]


def test_silent_months_hold_no_rows_and_are_not_released(
    paths: Paths, records: list[Record], statistics: Statistics, settings: Settings
) -> None:
    released = defaultdict(set)
    for record in records:
        if record.kind == "availability":
            for row in body(paths, record):
                period = str(row["period"])
                released[row["reporterISO"]].add(f"{period[:4]}-{period[4:]}")
    assert max(released["RUS"]) == "2021-12"
    assert max(released["KAZ"]) == "2024-02"
    assert max(released["CAN"]) == "2025-09"
    assert "S19" in released
    for one in settings.silence:
        months = {month for month in statistics.months if one.start <= month <= (one.end or settings.end)}
        assert not months & released[one.reporter]
        if one.reporter in statistics.world.exporters:
            assert not months & {statistics.months[at] for at in statistics.rows(one.reporter, "export").at.tolist()}


def test_january_and_february_of_china(statistics: Statistics) -> None:
    values = usd(statistics, "CHN", "W00")
    for year in range(2017, 2026):
        january, february = values[between(statistics, f"{year}-01", f"{year}-02")]
        if year >= 2020:
            assert abs(january - february) < 1e-6 * january
        else:
            assert february < 0.75 * january
    assert (
        values[between(statistics, "2024-02", "2024-02")][0]
        < 0.95 * values[between(statistics, "2024-03", "2024-03")][0]
    )


def unit_value(statistics: Statistics, partner: str, year: str) -> float:
    rows = statistics.select("CHN", "export", Scope(partners=(partner,), codes=(*IC, "848210", "853400")))
    of = np.array([statistics.months[at].startswith(year) for at in rows.at.tolist()])
    each = defaultdict(list)
    for code, value in zip(np.array(statistics.codes(rows))[of], rows.cents[of] / rows.grams[of], strict=True):
        each[code].append(value)
    return float(np.exp(np.mean([np.log(np.mean(values)) for values in each.values()])))


def test_russia_pays_more_and_gets_less(statistics: Statistics) -> None:
    rise = {to: unit_value(statistics, to, "2024") / unit_value(statistics, to, "2021") for to in ("RUS", "W00")}
    assert 1.7 < rise["RUS"] < 2.0
    assert 1.0 < rise["W00"] < 1.2
    values = usd(statistics, "CHN", "RUS")
    assert (
        values[between(statistics, "2023-01", "2023-12")].sum()
        > 1.7 * values[between(statistics, "2021-01", "2021-12")].sum()
    )


@pytest.mark.parametrize("hub", ["TUR", "KAZ", "KGZ", "UZB"])
def test_what_hubs_pass_on_came_in_before(statistics: Statistics, hub: str) -> None:
    world = statistics.world
    coalition = [one for one in world.exporters if world.group(one) == "coalition"]
    lag = int(world.hubs[hub].lag)
    onward = world.trade(hub).passed_on.sum(axis=0)
    incoming = sum(world.incoming(one, world.hubs[hub]) for one in coalition).sum(axis=0)
    price = curve(next(one for one in statistics.settings.markup if "role:hub" in one.exporters).months, world.months)
    expected = world.hubs[hub].from_coalition * (onward / price)
    np.testing.assert_allclose(incoming[: -lag or None], expected[lag:], rtol=1e-9)
    assert not onward[: world.war].any()
    arrived = sum(usd(statistics, one, hub) for one in coalition)
    after = slice(world.war, statistics.months.index("2023-12") + 1)
    extra = arrived[after].mean() - arrived[: world.war].mean()
    assert extra > 0.3 * expected[after].mean()


@pytest.mark.parametrize("hub", ["KAZ", "KGZ", "ARM"])
def test_what_hubs_record_lacks_a_share_of_what_passes_through(statistics: Statistics, hub: str) -> None:
    world, settings = statistics.world, statistics.settings
    coalition = [one for one in world.partners(hub, "import") if world.group(one) == "coalition"]
    sent = sum(usd(statistics, one, hub, ("8542",)) for one in coalition)
    recorded = sum(usd(statistics, hub, one, ("8542",), "import") for one in coalition) / settings.cif
    published = recorded > 0
    before, after = (published & (np.arange(len(sent)) < world.war)), published & (np.arange(len(sent)) >= world.war)
    assert abs(recorded[before].sum() / sent[before].sum() - 1) < 0.03
    chips = [good.name.startswith("8542") for good in world.goods]
    passing = 0.0
    for one in coalition:
        trade, at = world.trade(one), world.partners(one).index(hub)
        told = statistics.sent(one)[0][at][chips][:, after] / 100
        passing += (told * (trade.surge[at] / trade.usd[at])[chips][:, after]).sum()
    lost = 1 - recorded[after].sum() / sent[after].sum()
    expected = world.hubs[hub].lost * passing / sent[after].sum()
    assert expected > 0.08
    assert abs(lost - expected) < 0.03


def test_near_zero_base(statistics: Statistics) -> None:
    values = usd(statistics, "KGZ", "RUS", ("8542",))
    assert values[between(statistics, "2021-01", "2021-12")].sum() == 6000
    assert values[between(statistics, "2023-01", "2023-12")].sum() == pytest.approx(13_500_000)


def test_control_totals_hide_a_little(statistics: Statistics) -> None:
    for reporter, share in (("DEU", 0.02), ("USA", 0.0)):
        rows = statistics.select(reporter, "export", Scope(partners=("RUS",)))
        lengths = np.array([len(code) for code in statistics.codes(rows)])
        inside = np.array([code.startswith(("8541", "8542", "8486")) for code in statistics.codes(rows)])
        fine, heading = rows.cents[inside & (lengths == 6)].sum(), rows.cents[lengths == 4].sum()
        assert heading / fine == pytest.approx(1 + share, abs=1e-6)


def test_weights_and_quantities_have_flaws(statistics: Statistics) -> None:
    for reporter, low, high in (("DEU", 0.01, 0.05), ("VNM", 0.2, 0.4)):
        rows = statistics.rows(reporter, "export")
        fine = np.array([len(code) == 6 for code in statistics.codes(rows)])
        assert low < rows.is_estimated[fine].mean() < high
        assert 0 < (~rows.has_unit[fine]).mean() < (rows.thousandths[fine] == 0).mean() < high / 2
    assert (rows.grams[fine] > 0).all()


def test_sales_to_everyone_are_told_from_sales_to_russia(statistics: Statistics) -> None:
    before, after = between(statistics, "2021-01", "2021-12"), between(statistics, "2023-01", "2023-12")

    def growth(code: str, partner: str) -> float:
        values = usd(statistics, "CHN", partner, (code,))
        return values[after].sum() / values[before].sum()

    assert 0.8 < growth("850440", "RUS") / growth("850440", "W00") < 1.25
    assert growth("850440", "W00") > 1.5
    assert growth("851762", "RUS") / growth("851762", "W00") > 1.6


def test_the_world_holds_all_partners(statistics: Statistics) -> None:
    for reporter in ("CHN", "HKG"):
        world = usd(statistics, reporter, "W00")
        listed = sum(usd(statistics, reporter, one) for one in statistics.world.partners(reporter) if one != "W00")
        assert (world > listed).all()


def test_re_exports_are_part_of_exports(statistics: Statistics) -> None:
    exports, again = statistics.rows("HKG", "export"), statistics.rows("HKG", "re_export")
    assert (again.cents <= exports.cents).all()
    assert again.cents.sum() > 0.95 * exports.cents.sum()
    assert not len(statistics.rows("DEU", "re_export"))


def test_plus_mode_holds_the_trade_twice(paths: Paths, records: list[Record]) -> None:
    record = next(one for one in records if "kgz_rus_8542_2023_plus" in one.origin)
    rows = [row for row in body(paths, record) if row["cmdCode"] == "8542"]
    assert sum(row["primaryValue"] for row in rows) == 27_062_780
    assert [row["primaryValue"] for row in rows if row["motCode"] == 0] == [13_531_390]
    assert {row["freqCode"] for row in rows} == {"A"}
    assert len({(row["motCode"], row["customsCode"]) for row in rows}) == 3


def test_brought_files_hold_eight_digits_and_unspecified_trade(paths: Paths, records: list[Record]) -> None:
    fine = next(one for one in records if "cn8" in one.origin)
    codes = {line.split(",")[5] for line in Store(paths.raw).body(fine).decode().split("\r\n")[1:-1]}
    assert {len(code) for code in codes} == {4, 8}
    rows = body(paths, next(one for one in records if "unspecified" in one.origin))
    hidden = sum(row["primaryValue"] for row in rows if row["cmdCode"] == "999999" or row["partnerISO"] == "_X")
    assert 0 < hidden < sum(row["primaryValue"] for row in rows) / 20


@pytest.mark.parametrize(("reporter", "withdrawn"), [("CHN", 0), ("JPN", 1)])
def test_a_month_came_out_again(
    paths: Paths, records: list[Record], settings: Settings, reporter: str, withdrawn: int
) -> None:
    one = next(one for one in settings.revision if one.reporter == reporter)
    vintages = Counter(record.request_id for record in records if one.period in (record.asked.periods or ()))
    twice = [request_id for request_id, count in vintages.items() if count == 2]
    first, again = sorted((record for record in records if record.request_id in twice), key=lambda it: it.retrieved_at)
    key = ("reporterISO", "partnerISO", "flowCode", "cmdCode", "period")
    before, after = (
        {tuple(str(row[name]) for name in key): row["primaryValue"] for row in body(paths, it)} for it in (first, again)
    )
    changed = {cell for cell in before.keys() | after.keys() if before.get(cell) != after.get(cell)}
    assert {(cell[0], cell[4]) for cell in changed} == {(one.reporter, one.period.replace("-", ""))}
    assert (len(before.keys() - after.keys()), len(after.keys() - before.keys())) == (withdrawn, 1)
    shared = sorted(changed & before.keys() & after.keys())
    assert len(shared) > 5
    assert all(float(before[cell]) == pytest.approx(float(after[cell]) * one.factor, abs=0.02) for cell in shared)
    days = (settings.retrieved, one.retrieved)
    assert (first.retrieved_at[:10], again.retrieved_at[:10]) == tuple(str(day) for day in days)


def test_every_oddity_is_listed(config: Config, settings: Settings) -> None:
    rows = planted(config)
    assert all(row.oddity and row.where and row.when and row.what for row in rows)
    kinds = Counter(row.oddity for row in rows)
    assert kinds["silence"] == len(settings.silence)
    assert kinds["change of HS edition"] == len(settings.adoption)
    assert kinds["rerouting"] == len(settings.hub)
    assert {"response of other suppliers", "higher prices to some destinations", "evenly split months"} < set(kinds)
    assert {"confidential codes", "revision", "file that a person brought", "estimates and gaps"} < set(kinds)


# --- the switch ---


@pytest.fixture(scope="module")
def calm(config: Config, settings: Settings) -> Statistics:
    """The world in which nobody responds."""
    return Statistics(World(config, replace(settings, backfill=0.0)))


@pytest.mark.parametrize("reporter", ["CHN", "HKG", "KAZ", "ARM", "DEU", "IND"])
def test_without_response_the_past_is_the_same(statistics: Statistics, calm: Statistics, reporter: str) -> None:
    ours, theirs = (one.rows(reporter, "export") for one in (statistics, calm))
    war = statistics.world.war
    assert same(ours.where(ours.at < war), theirs.where(theirs.at < war))
    if reporter == "DEU":
        to_russia = usd(statistics, reporter, "RUS"), usd(calm, reporter, "RUS")
        assert np.array_equal(*to_russia)
    else:
        assert not same(ours, theirs)


def test_without_response_nobody_fills_the_gap(calm: Statistics) -> None:
    before, after = between(calm, "2021-01", "2021-12"), between(calm, "2023-01", "2023-12")
    for reporter in ("CHN", "HKG", "TUR", "ARM"):
        values = usd(calm, reporter, "RUS", ("8482", "8517", "8534", "8536", "8542"))
        assert values[after].sum() < 1.2 * values[before].sum()
    assert usd(calm, "CHN", "RUS", ("8542",))[after].sum() < 1.15 * 72e6
    assert not calm.world.trade("KAZ").passed_on.any()


def test_half_a_response_lies_between(
    config: Config, settings: Settings, statistics: Statistics, calm: Statistics
) -> None:
    half = Statistics(World(config, replace(settings, backfill=0.5)))
    after = between(half, "2023-01", "2023-12")
    for codes in (("8542",), None):
        none, some, full = (usd(one, "CHN", "RUS", codes)[after].sum() for one in (calm, half, statistics))
        assert some == pytest.approx((none + full) / 2, rel=0.03)


def test_a_file_of_a_flow_that_only_a_response_brings_is_told_apart(calm: Statistics, settings: Settings) -> None:
    (one,) = (one for one in settings.brought if one.reporter == "ARM")
    with pytest.raises(NoSuchFlow, match=one.file):
        body_of(calm, one)


# --- settings ---


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("backfill = 1.0", "backfil = 1.0", "backfil: unknown key"),
        ('seed = "1"', "", "seed: is missing"),
        ('end = "2025-12"', 'end = "2015-12"', "before the start"),
        ("[[hub]]", "[[hubs]]", "hubs: unknown key"),
        ('since = "2022-02"', 'since = "Feb 2022"', r"adoption 1, key since: 'Feb 2022' is not a month"),
        ("surge = 0.03\n", 'surge = "much"\n', "hub 1, key surge"),
        ("default = 12\n", "", "key level.*has no key default"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    text = (CONFIG / "demo.toml").read_text()
    assert before in text
    (tmp_path / "demo.toml").write_text(text.replace(before, after))
    with pytest.raises(ConfigError, match=message):
        load_settings(tmp_path)
