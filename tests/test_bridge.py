"""The bridge over HS editions on random links and flows: value is neither created nor lost, families are smallest."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import World, row, small_config

from chipflows.config import load_config
from chipflows.config_families import compute_families
from chipflows.config_rows import Family, HsCode, HsLink

OLD, NEW = ("H5", tuple(f"8541{n:02d}" for n in range(6))), ("H6", tuple(f"8541{n:02d}" for n in range(3, 10)))
"""Two editions that share some numbers, as real ones do."""


@dataclass(frozen=True)
class Bridge:
    """Codes of two editions, the links kept between them, and the families that follow."""

    codes: tuple[HsCode, ...]
    links: frozenset[tuple[str, str]]
    families: tuple[Family, ...]


@st.composite
def bridges(draw: st.DrawFn) -> Bridge:
    """Random links in which every code has at least one, so that none is without a family."""
    pairs = st.tuples(st.sampled_from(OLD[1]), st.sampled_from(NEW[1]))
    links = set(draw(st.lists(pairs, max_size=8)))
    links |= {(code, draw(st.sampled_from(NEW[1]))) for code in OLD[1] if code not in {old for old, _ in links}}
    links |= {(draw(st.sampled_from(OLD[1])), code) for code in NEW[1] if code not in {new for _, new in links}}
    url = "https://example.org"
    codes = [HsCode(one, edition, "", "", "S", "", "u", one, True, url) for edition, all in (OLD, NEW) for one in all]
    rows = [HsLink(old, "H5", new, "H6", "n:n", "kept", "drawn", url) for old, new in sorted(links)]
    families = compute_families(list(enumerate(codes)), list(enumerate(rows)), [], "config")
    return Bridge(tuple(codes), frozenset(links), families)


@settings(max_examples=200)
@given(bridges())
def test_families_divide_the_codes_and_no_link_leaves_one(bridge: Bridge) -> None:
    members = [member for family in bridge.families for member in family.members]
    assert sorted(members) == sorted((one.hs6, one.hs_edition) for one in bridge.codes)
    home = {member: family.family for family in bridge.families for member in family.members}
    assert all(home[old, "H5"] == home[new, "H6"] for old, new in bridge.links)


@settings(max_examples=200)
@given(bridges())
def test_no_family_could_be_smaller(bridge: Bridge) -> None:
    for family in bridge.families:
        reached, neighbours = {family.members[0]}, defaultdict(set)
        for old, new in bridge.links:
            neighbours[old, "H5"].add((new, "H6"))
            neighbours[new, "H6"].add((old, "H5"))
        while more := {other for one in reached for other in neighbours[one]} - reached:
            reached |= more
        assert reached == set(family.members)


VALUES = st.decimals(min_value=0, max_value=10**9, places=3, allow_nan=False)
FLOWS = st.dictionaries(
    st.tuples(
        st.sampled_from([("202111", "H5"), ("202202", "H5"), ("202202", "H6"), ("202203", "H6")]),
        st.integers(min_value=0, max_value=5),
        st.sampled_from([156, 344]),
    ),
    VALUES,
    max_size=25,
)


@settings(max_examples=4)
@given(bridges(), FLOWS)
def test_value_is_neither_created_nor_lost(bridge: Bridge, flows: dict[tuple, Decimal]) -> None:
    # A reporter uses one edition in a month: China changes in March, Hong Kong at the turn of the year.
    late = {156: "H5", 344: "H6"}
    kept = {key: value for key, value in flows.items() if key[0][0] != "202202" or key[0][1] == late[key[2]]}
    rows = [
        row(str(value), reporter=reporter, period=period, edition=edition, code=dict([OLD, NEW])[edition][place])
        for ((period, edition), place, reporter), value in kept.items()
    ]
    config = replace(small_config(), hs_codes=bridge.codes, families=bridge.families, hs_groups=())
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), config)
        asked = sorted({*OLD[1], *NEW[1]})
        months = ("2021-11", "2022-02", "2022-03")
        world.comtrade(rows, reporters=("CHN", "HKG"), codes=asked, periods=months)
        editions = {"CHN": "H5", "HKG": "H6"}
        released = [(who, one, editions[who] if one == "2022-02" else ("H5", "H6")[one > "2022"]) for who in editions
                    for one in months]  # fmt: skip
        world.availability(released)
        world.build()
        sent = sum(kept.values(), Decimal(0))
        for table in ("core.flows", "core.family_flows", "marts.direct"):
            assert world.number(f"select coalesce(sum(value_usd), 0) from {table}") == sent
        assert world.number("select count(*) from core.flows where family is null") == 0


def test_sensors_are_no_telephones_and_waste_is_no_processor() -> None:
    families = load_config(Path(__file__).parents[1] / "config").families
    home = {member: family.family for family in families for member in family.members}
    assert home["854151", "H6"] == home["854159", "H6"] == home["854150", "H5"] == "F854150"
    assert home["851712", "H5"] == home["851713", "H6"] == "F851712"
    telephones = {hs6 for (hs6, _), family in home.items() if family == "F851712"}
    processors = {hs6 for (hs6, _), family in home.items() if family == "F854231"}
    assert telephones == {"851712", "851713", "851714"}
    assert processors == {"854231"}
    assert not {hs6 for hs6, _ in home if hs6.startswith("8549")} & processors


@pytest.mark.parametrize("asked", [("854151",), ("854159",)])
def test_a_family_that_is_only_partly_covered_is_flagged(asked: tuple[str, ...], tmp_path: Path) -> None:
    world = World(tmp_path)
    world.comtrade([row(4, code=asked[0], period="202203")], codes=asked)
    world.build()
    sql = "select state, members_asked, members_expected from core.preferred where family = 'F854150'"
    assert world.ask(sql) == [("partly_asked", 1, 2)]
    assert world.number("select count(value_usd) from marts.direct where family = 'F854150'") == 0
