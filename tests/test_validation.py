"""The simulation runs, and its scores call a miss a miss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from validation import __main__ as command
from validation.estimators import Finding
from validation.page import page
from validation.score import line, scores
from validation.world import BACKFILL, World, supply


def findings(estimator: str, holds: int, of: int = 100, truth: float = 0.5) -> list[Finding]:
    """`of` intervals, `holds` of which hold the truth; the others lie above it, away from 0."""
    bounds = [(truth - 0.1, truth + 0.1)] * holds + [(truth + 0.1, truth + 0.3)] * (of - holds)
    return [Finding(estimator, "planted", (lo + hi) / 2, lo, hi, truth) for lo, hi in bounds]


@pytest.mark.parametrize(("holds", "state"), [(91, "missed"), (92, "met"), (98, "met"), (99, "missed")])
def test_coverage_must_be_neither_too_small_nor_too_large(holds: int, state: str) -> None:
    row = scores(findings("backfill ratio", holds)).iloc[0]
    assert row["coverage"] == holds / 100
    assert row["bias"] == pytest.approx(0.2 * (1 - holds / 100))
    assert row["detection"] == 1.0
    assert row["state"] == state
    assert line(row).endswith(state)


@pytest.mark.parametrize(("found", "state"), [(7, "met"), (8, "missed")])
def test_more_than_seven_false_positives_in_a_hundred_miss(found: int, state: str) -> None:
    tests = [Finding("Chow test", "no effect", np.nan, np.nan, np.nan, 0.0, is_found=n < found) for n in range(100)]
    row = scores(tests).iloc[0]
    assert row["false_positives"] == found / 100
    assert row["state"] == state


def test_a_test_that_rarely_finds_what_is_there_misses() -> None:
    tests = [Finding("Chow test", "planted", np.nan, np.nan, np.nan, -1.0, is_found=n < 79) for n in range(100)]
    assert scores(tests)["state"].tolist() == ["missed"]


def test_a_share_at_its_edge_is_held_to_false_positives_alone() -> None:
    assert scores(findings("rerouting, a hub used", 100, truth=0.0))["state"].tolist() == ["met"]
    assert scores(findings("rerouting, a hub used", 90, truth=0.0))["state"].tolist() == ["missed"]
    assert scores(findings("rerouting, a hub used", 100))["state"].tolist() == ["missed"]


def test_the_page_names_the_command_and_every_row_and_counts_the_missed() -> None:
    text = page(scores(findings("backfill ratio", 91) + findings("ITS step", 95)), "make validate", "1 May 2026")
    assert "Written by `make validate` on 1 May 2026: 100 runs of each scenario; 1 of 2 rows missed" in text
    assert "| backfill ratio | planted | 91.0% |" in text


def test_what_is_planted_is_there() -> None:
    direct = supply(World(BACKFILL, np.random.default_rng(3)))["direct"]
    listed = direct[direct["family"].astype(str).str.startswith("L")]
    years = listed.assign(year=listed["period"].dt.year).groupby(["supplier", "year"], observed=True)[
        ["value_usd", "weight_kg"]
    ]
    means = years.mean()
    lost = sum(means.loc[(s, 2019), "value_usd"] - means.loc[(s, 2023), "value_usd"] for s in ("DEU", "USA"))
    assert lost > 0
    rise = means.loc[("CHN", 2023)] / means.loc[("CHN", 2019)]
    assert rise["value_usd"] > rise["weight_kg"] > 1
    assert listed["value_usd"].isna().any()
    assert (listed["value_usd"] == 0).any()


def test_a_small_run_covers_every_estimator_and_tells_misses_by_its_exit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "validation.md"
    monkeypatch.setattr("sys.argv", ["validation", "--runs", "1", "--processes", "1", "--page", str(target)])
    code = command.main()
    rows = capsys.readouterr().out.splitlines()
    assert code == any(row.endswith("missed") for row in rows)
    for words in ("backfill ratio, volume", "ITS step", "DiD", "price ratio, trimmed", "rerouting, a hub used"):
        assert any(row.startswith(words) for row in rows)
    assert not target.exists()


def test_the_same_seed_gives_the_same_world() -> None:
    first, second = (supply(World(BACKFILL, np.random.default_rng(5)))["direct"] for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
