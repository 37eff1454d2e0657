"""The configuration in the repository: its facts, what follows from them, and that it reads the same every time."""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from chipflows.config import Config, load_config, months
from chipflows.config_families import compute_families
from chipflows.errors import ConfigError, UsageError

FOLDER = Path(__file__).parents[1] / "config"
REAL = Path(os.environ.get("CHIPFLOWS_REAL", ""))
needs_real = pytest.mark.skipif(
    "CHIPFLOWS_REAL" not in os.environ, reason="CHIPFLOWS_REAL names no folder of real files"
)

FILES = {
    "economies.csv": "economies",
    "hs_codes.csv": "hs_codes",
    "hs_links.csv": "hs_links",
    "events.csv": "events",
    "benchmarks.csv": "benchmarks",
    "published_facts.csv": "published_facts",
    "disagreements.csv": "disagreements",
    "corrections.csv": "corrections",
    "joined_months.csv": "joined_months",
}


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(FOLDER)


def members(config: Config, family: str) -> tuple[set[str], set[str]]:
    found = {one.family: one.members for one in config.families}[family]
    return {hs6 for hs6, edition in found if edition == "H5"}, {hs6 for hs6, edition in found if edition == "H6"}


# --- what is studied ---


def test_the_list_of_fifty_codes_stands_by_tier(config: Config) -> None:
    tiers = Counter(code.tier for code in config.hs_codes if code.tier)
    assert tiers == {"1": 4, "2": 5, "3.A": 16, "3.B": 9, "4.A": 11, "4.B": 5}
    assert Counter(code.break_class for code in config.hs_codes if code.tier) == {
        "S": 23,
        "L": 20,
        "R": 2,
        "M": 2,
        "X": 3,
    }


def test_events_benchmarks_and_facts_are_all_there(config: Config) -> None:
    assert len(config.events) == 81
    assert Counter(event.status for event in config.events) == {"verified": 49, "to_verify": 27, "day_to_verify": 5}
    assert [event.date for event in config.events if event.is_default] == [
        date(2022, 2, 24),
        date(2022, 6, 28),
        date(2023, 5, 19),
        date(2023, 12, 22),
        date(2024, 6, 12),
    ]
    assert len(config.benchmarks) == 67
    assert len(config.published_facts) == 54
    china = {one.period: one.value for one in config.published_facts if one.reporter == ("CHN",) and one.scales_demo}
    assert china == {"2021": "72", "2022": "180", "2023": "178", "2024": "100", "2025": "62"}


def test_windows_are_those_of_the_literature(config: Config) -> None:
    assert {one.id: (one.start, one.end) for one in config.project.baselines} == {
        "W1": ("2021-01", "2021-12"),
        "W2": ("2019-01", "2021-12"),
        "W3": ("2021-03", "2022-02"),
        "W4": ("2021-01", "2021-09"),
        "W5": ("2021-07", "2021-12"),
    }
    assert len(config.project.baselines[1].months()) == 36
    assert config.project.after[0].months() == ("2022-03", "2022-04", "2022-05", "2022-06")


def test_months_cross_the_year() -> None:
    assert months("2021-11", "2022-02") == ("2021-11", "2021-12", "2022-01", "2022-02")
    assert months("2022-02", "2022-01") == ()


def test_the_last_month_is_the_last_full_one(config: Config) -> None:
    assert config.project.study.last_month(date(2026, 1, 31)) == "2025-12"
    assert config.project.study.last_month(date(2026, 11, 1)) == "2026-10"


# --- codes and families ---


@pytest.mark.parametrize(
    ("family", "old", "new"),
    [
        ("F854231", {"854231"}, {"854231"}),
        ("F854140", {"854140"}, {"854141", "854142", "854143", "854149"}),
        ("F854150", {"854150"}, {"854151", "854159"}),
        ("F854890", {"854890"}, {"854800"}),
        ("F880330", {"880330"}, {"880730"}),
        ("F852990", {"852990"}, {"852990"}),
        ("F901380", {"901380"}, {"901380"}),
        ("F851712", {"851712"}, {"851713", "851714"}),
        ("F902780", {"902780"}, {"902781", "902789"}),
        ("F903141", {"903141"}, {"903141"}),
    ],
)
def test_families_are_those_of_the_pruned_links(config: Config, family: str, old: set[str], new: set[str]) -> None:
    assert members(config, family) == (old, new)


def test_the_family_of_cameras_holds_drones_and_manned_aircraft(config: Config) -> None:
    old, new = members(config, "F852580")
    manned = {"880211", "880212", "880220", "880230", "880240"}
    assert old == {"852580"} | manned
    assert new - manned == {"852581", "852582", "852583", "852589"} | {code for code in new if code.startswith("8806")}
    assert len(new) == 20


def test_the_family_of_led_lamps_is_one_tangle(config: Config) -> None:
    old, new = members(config, "F853990")
    assert (len(old), len(new)) == (8, 15)
    assert {"854370", "940599"} <= old
    assert {"853951", "854340", "940542"} <= new


def test_every_code_is_in_one_family_and_no_family_is_large_but_two(config: Config) -> None:
    held = Counter(code for family in config.families for code in family.members)
    assert set(held.values()) == {1}
    assert {(code.hs6, code.hs_edition) for code in config.hs_codes if not code.is_heading} <= set(held)
    assert [family.family for family in config.families if len(family.members) > 5] == ["F852580", "F853990"]


def test_families_do_not_depend_on_the_order_of_rows(config: Config) -> None:
    codes, links = list(enumerate(config.hs_codes)), list(enumerate(config.hs_links))
    expected = [family.members for family in compute_families(codes, links, [], "config")]
    for seed in range(5):
        random.Random(seed).shuffle(codes)
        random.Random(seed).shuffle(links)
        assert [family.members for family in compute_families(codes, links, [], "config")] == expected


def test_no_pruned_link_joins_anything(config: Config) -> None:
    kept = {(one.from_hs6, one.to_hs6) for one in config.hs_links if one.status != "pruned"}
    pruned = {(one.from_hs6, one.to_hs6) for one in config.hs_links if one.status == "pruned"}
    assert {("*", "854921"), ("*", "852411"), ("*", "854151"), ("*", "852990")} <= pruned
    assert {("851712", "854151"), ("851712", "854159"), ("854231", "854921")} <= pruned
    assert not kept & pruned
    assert [one.from_hs6 for one in config.hs_links if one.status == "added"] == ["854150", "854150"]


def test_every_older_code_is_known_in_hs2012_too(config: Config) -> None:
    rows = config.tables()["family_members"]
    old = {(row["family"], row["hs6"]) for row in rows if row["hs_edition"] == "H5"}
    assert old == {(row["family"], row["hs6"]) for row in rows if row["hs_edition"] == "H4"}


def test_both_editions_and_the_control_totals_are_asked_for(config: Config) -> None:
    asked = config.requested_codes()
    assert {"8541", "8542", "8486", "854140", "854149", "854150", "854159", "854890", "854800", "880330"} <= set(asked)
    assert not {"851712", "880240", "8533"} & set(asked)
    assert list(asked) == sorted(set(asked))
    assert len(",".join(asked)) < 1000, "no room is left in an address for economies and months"


def test_groups_resolve_to_families(config: Config) -> None:
    assert config.group_families("ic_core") == ("F854231", "F854232", "F854233", "F854239")
    assert config.group_families("solar_led") == ("F854140",)
    sizes = Counter(one.group for one in config.hs_groups)
    assert [sizes[f"chpl_{size}"] for size in ("9", "45", "50", "safe")] == [9, 45, 50, 42]
    safe = config.group_families("chpl_safe")
    assert not {"F901380", "F852990", "F854150", "F854140", "F852580"} & set(safe)
    assert not set(config.group_families("placebo")) & set(config.group_families("chpl_50"))
    with pytest.raises(UsageError, match=r"group 'chips' is not in config/hs_groups.csv"):
        config.group_families("chips")


# --- economies ---


def test_roles(config: Config) -> None:
    roles = Counter(one.role for one in config.economies.values())
    assert (roles["focal"], roles["origin"], roles["coalition"]) == (1, 2, 38)
    hubs = "TUR ARE KAZ KGZ ARM GEO UZB BLR TJK TKM AZE MNG MDA SRB IND VNM THA MYS SGP MDV MAC"
    assert " ".join(config.select(["role:hub"]) or ()) == hubs
    partners = config.select(["reference_partners"]) or ()
    assert len(partners) == 40
    assert {config.economies[one].role for one in partners} <= {"coalition", "rest"}


def test_selectors(config: Config) -> None:
    assert config.select(["*"]) is None
    assert config.select(["HKG", "CHN", "role:origin"]) == ("HKG", "CHN")
    assert (config.select(["role:hub", "W00"]) or ())[-1] == "W00"
    for wrong in ("role:friend", "XYZ", "*"):
        with pytest.raises(UsageError, match="stands for no economy"):
            config.select(["CHN", wrong])


@pytest.mark.parametrize(
    ("source", "iso3", "codes"),
    [
        ("comtrade", "TWN", ("490", "158")),
        ("comtrade", "ITA", ("380", "381")),
        ("comtrade", "FRA", ("251", "250")),
        ("comtrade", "IND", ("699", "356")),
        ("comtrade", "NOR", ("579", "578")),
        ("comtrade", "CHE", ("757", "756")),
        ("comtrade", "USA", ("842", "840", "841")),
        ("comtrade", "HKG", ("344",)),
        ("comtrade", "W00", ("0",)),
        ("comtrade", "_X", ("899",)),
        ("china_gacc", "RUS", ("344",)),
        ("china_gacc", "HKG", ("110",)),
        ("china_gacc", "ARM", ("151", "338")),
        ("china_gacc", "KAZ", ("145", "341")),
        ("eurostat_comext", "SRB", ("XS",)),
        ("eurostat_comext", "GBR", ("GB", "XI", "XU")),
        ("eurostat_comext", "GRC", ("GR",)),
        ("eurostat_comext", "XKX", ("XK",)),
        ("eurostat_comext", "MNE", ("XM", "ME")),
        ("hongkong_censtatd", "SRB", ("RS",)),
        ("us_census", "RUS", ("4621",)),
        ("us_census", "NAM", ("7920",)),
        ("japan_customs", "RUS", ("224",)),
    ],
)
def test_codes_of_economies(config: Config, source: str, iso3: str, codes: tuple[str, ...]) -> None:
    assert config.codes_of(source, iso3) == codes
    assert config.code_of(source, iso3) == codes[0]
    assert {config.economies_by_code(source)[code] for code in codes} == {iso3}


def test_an_economy_or_code_that_is_not_there_is_named(config: Config) -> None:
    with pytest.raises(UsageError, match=r"economy 'XYZ' is not in config/economies.csv"):
        config.code_of("comtrade", "XYZ")
    with pytest.raises(UsageError, match="W00, column census: us_census has no code for it"):
        config.code_of("us_census", "W00")


@needs_real
def test_every_area_in_the_sources_own_lists_is_known(config: Config) -> None:
    lists = json.loads((REAL / "comtrade/reference/Reporters.json").read_text())["results"]
    reporters = {str(one["id"]) for one in lists if "entryExpiredDate" not in one}
    assert reporters <= set(config.economies_by_code("comtrade"))
    with (REAL / "comtrade/reference/partner.csv").open() as file:
        partners = {row["id"] for row in csv.DictReader(file) if not row["exit_year"]}
    assert partners <= set(config.economies_by_code("comtrade"))
    with (REAL / "codes/gacc_partner_codes.csv").open() as file:
        assert {row["code"] for row in csv.DictReader(file)} <= set(config.economies_by_code("china_gacc"))
    with (REAL / "codes/us_census_schedule_c_country_codes.csv").open() as file:
        assert {row["Code"] for row in csv.DictReader(file)} <= set(config.economies_by_code("us_census"))
    with (REAL / "codes/comext_partner_2024-01-15.csv").open() as file:
        dissolved = {"DD", "SU", "YD"}
        assert {row["code"] for row in csv.DictReader(file)} - dissolved <= set(
            config.economies_by_code("eurostat_comext")
        )


# --- sources and profiles ---


def test_addresses_and_keys_come_from_the_environment(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    source = config.sources["comtrade"]
    monkeypatch.delenv("CHIPFLOWS_COMTRADE_URL", raising=False)
    monkeypatch.delenv("CHIPFLOWS_COMTRADE_KEY", raising=False)
    assert (source.address(), source.key()) == ("https://comtradeapi.un.org", None)
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_URL", "http://127.0.0.1:8080/")
    monkeypatch.setenv("CHIPFLOWS_COMTRADE_KEY", "k-3f9a")
    assert (source.address(), source.key()) == ("http://127.0.0.1:8080", "k-3f9a")
    assert "k-3f9a" not in repr(load_config(FOLDER))


def test_profiles(config: Config) -> None:
    assert config.profile("demo").is_synthetic
    assert "not statistics" in config.profile("demo").banner
    assert config.profile("live").banner == ""
    scratch = config.profile("mine")
    assert (scratch.sources, scratch.banner, scratch.is_synthetic) == ((), "", False)
    with pytest.raises(UsageError, match="use small letters"):
        config.profile("../live")


# --- reading ---


def test_reading_is_deterministic(config: Config) -> None:
    assert load_config(FOLDER) == config
    assert load_config(FOLDER).tables() == config.tables()


@pytest.mark.parametrize(("file", "table"), FILES.items())
def test_tables_give_the_files_back(config: Config, file: str, table: str) -> None:
    with (FOLDER / file).open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        rows = list(reader)
    assert config.tables()[table] == rows
    assert list(config.tables()[table].columns) == reader.fieldnames


def test_every_table_holds_text_under_its_columns(config: Config) -> None:
    for name, table in config.tables().items():
        assert all(tuple(row) == table.columns for row in table), name
        assert all(isinstance(value, str) for row in table for value in row.values()), name


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none/project.toml: is missing in .*none; restore it"):
        load_config(tmp_path / "none")
