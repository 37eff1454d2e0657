"""A person's own questions, on EU exports whose every number is known: names, flows, charts, comfort in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from profiles import at_home, comext, rates

import chipflows
from chipflows.__main__ import main
from chipflows.errors import UsageError
from chipflows.report import chart, lab
from chipflows.report.explore import flows
from chipflows.report.origin import coverage, taken
from chipflows.warehouse.connect import table

IC = "ic_core"


@pytest.fixture(scope="module", autouse=True)
def europe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tables of what Germany (three parts) and France (one part) sold, in which Austria and China are not covered."""
    home = tmp_path_factory.mktemp("europe")
    with at_home(home), pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPFLOWS_PROFILE", "europe")
        for source, text in (("eurostat_comext", comext()), ("fx", rates())):
            (home / f"{source}.csv").write_bytes(text.encode())
            assert main(["--profile", "europe", "import", source, str(home / f"{source}.csv")]) == 0
        assert main(["--profile", "europe", "build"]) == 0
        yield


def test_flows_by_name_are_the_numbers_reported() -> None:
    found = flows(origin=["Germany", "FRA"], destination="Russia", family=IC, since="2022-02", until="2022-03")
    assert found["group"].tolist() == ["Germany", "Germany", "FRA", "FRA"]
    # Four codes of circuits; the second, third and fourth by 1,000, 2,000 and 3,000 euros more; 1.1 dollars a euro.
    assert found["value_usd"].tolist() == pytest.approx([1.1 * (4 * n + 6_000) for n in (3e6, 6e4, 1e6, 2e4)])
    assert found.attrs["units"]["value_usd"] == "USD"
    assert "reporter in ('DEU', 'FRA') and partner in ('RUS')" in found.attrs["source"].trace


def test_flows_are_those_of_the_table_the_pages_draw() -> None:
    ours = flows("Germany", "Russia", "F854231").set_index("period")["value_usd"]
    theirs = table("marts.direct", reporter="DEU", family="F854231").set_index("period")["value_usd"].dropna()
    assert len(ours) == 24
    pd.testing.assert_series_equal(ours, theirs, check_names=False)


def test_what_is_not_covered_has_no_row() -> None:
    assert flows("China", "Russia", IC).empty
    assert flows("Germany", "Russia", "F854160").empty
    assert flows("Germany", "Russia", [IC, "F854110"])["goods"].value_counts().to_dict() == {IC: 24, "F854110": 24}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("Germny", "Russia", IC), "no economy 'Germny', did you mean Germany"),
        (("Germany", "Rusia", IC), "no economy 'Rusia', did you mean Russia"),
        (("Germany", "Russia", "ic_cor"), "no family or group 'ic_cor', did you mean ic_core"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(asked: tuple[str, str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        flows(*asked)


def test_a_chart_of_flows_needs_no_words() -> None:
    block = chart.lines(flows(["Germany", "France"], "Russia", "Integrated circuits"))
    assert block.title == "Integrated circuits: exports to Russia"
    assert "Eurostat Comext" in block.source
    assert "Germany from 13 to 0.3; France from 4.4 to 0.09" in block.alt
    assert "trace core.family_flows --where" in block.html


def test_names_complete_inside_quotes() -> None:
    def offered(text: str) -> list[str]:
        return [one.text for one in lab.completions(text)["completions"]]

    assert offered('x = table("marts.direct') == ["marts.direct", "marts.direct_totals"]
    assert offered("flows(origin=['Germany', 'Fran") == ["France"]
    assert offered('flows(destination="rus') == ["Russia", "RUS"]
    assert IC in offered('family="ic')
    assert offered('print("marts.direct') == []
    assert offered("flows(origin=Ger") == []


def test_a_frame_shows_its_units_and_vintage() -> None:
    frame = table("marts.direct_totals")[["period", "value_usd"]].head(1)
    assert "value_usd: USD" in lab.as_html(frame)
    assert "marts.direct_totals, data as received" in lab.as_html(frame)
    assert lab.as_html(pd.DataFrame({"a": [1]})) == pd.DataFrame({"a": [1]})._repr_html_()


def test_the_package_offers_what_notebooks_use_and_nothing_else() -> None:
    assert chipflows.flows is flows
    assert chipflows.chart is chart
    assert set(dir(chipflows)) >= {"chart", "flows", "table", "trace"}
    with pytest.raises(AttributeError, match="no 'flow'"):
        chipflows.flow  # noqa: B018


@pytest.mark.parametrize(
    ("value", "text"), [(24752436.4, "24,752,436"), (12.3456, "12.35"), (-1000.0, "-1,000"), (0.5, "0.5")]
)
def test_a_large_number_is_not_shown_in_powers_of_ten(value: float, text: str) -> None:
    assert lab.plain(value) == text


@pytest.mark.parametrize(
    ("column", "said"), [("supplier", "7 to 9 of 10 reporters due"), ("reporter", "4 to 5 of 5 reporters due")]
)
def test_counts_add_up_over_suppliers_but_not_over_reporters_of_one_supply(column: str, said: str) -> None:
    frame = pd.DataFrame(
        {
            column: ["AAA", "BBB", "AAA", "BBB"],
            "period": pd.to_datetime(["2022-01-01", "2022-01-01", "2022-02-01", "2022-02-01"]),
            "reporters_published": [5, 4, 4, 3],
            "reporters_due": 5,
        }
    )
    assert coverage(frame) == said


def test_a_source_line_counts_the_rows_that_were_taken() -> None:
    frame = pd.DataFrame({"supplier": ["coalition", "all", "HKG"], "hub": ["Türkiye", "Armenia", "Armenia"]})
    assert list(taken(frame, {"supplier": "coalition"}).index) == [0]
    assert list(taken(frame, {"supplier": ["HKG", "all"], "partner": "RUS"}).index) == [1, 2]
    assert list(taken(frame, {"hub": "TUR"}).index) == [0, 1, 2]
