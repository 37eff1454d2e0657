"""A study of other goods: a folder that loads, that says what it is about, and on which every page can be made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from profiles import comext, make, rates

from chipflows.__main__ import main
from chipflows.config import Config, load_config
from chipflows.config_study import new_study
from chipflows.demo.settings import load_settings
from chipflows.errors import UsageError

ROOT = Path(__file__).parents[1]
GRAPHITE = ["250410", "250490", "380110"]


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(ROOT / "config")


@pytest.fixture(scope="module")
def graphite(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "graphite"
    new_study(config, "graphite", GRAPHITE, "Graphite", folder)
    return folder


def test_a_study_holds_its_goods_and_those_they_are_compared_with(config: Config, graphite: Path) -> None:
    study = load_config(graphite)
    assert study.group_titles() == {"graphite": "Graphite", "placebo": config.group_titles()["placebo"]}
    assert study.group_families("graphite") == tuple(f"F{code}" for code in GRAPHITE)
    assert study.group_families("placebo") == config.group_families("placebo")
    assert {code for code in study.requested_codes() if code in GRAPHITE} == set(GRAPHITE)
    assert study.project.study.headline_group == "graphite"
    assert "graphite" in study.project.question
    assert "chips" not in study.project.title + study.project.question
    assert (study.benchmarks, study.published_facts, study.corrections) == ((), (), ())
    assert study.events == config.events
    assert study.profile("graphite").sources == config.profile("live").sources
    assert study.profile("graphite-demo").is_synthetic
    assert load_settings(graphite).controlled_headings == ("2504", "3801")


def test_codes_that_are_known_bring_their_history(config: Config, tmp_path: Path) -> None:
    new_study(config, "sensors", ["854151"], "Sensors", tmp_path / "sensors")
    study = load_config(tmp_path / "sensors")
    (family,) = study.group_families("sensors")
    members = next(one.members for one in study.families if one.family == family)
    assert members == next(one.members for one in config.families if ("854151", "H6") in one.members)
    assert [one.hs6 for one in study.hs_groups if one.group == "sensors"] == ["854151"]


@pytest.mark.parametrize(
    ("name", "codes", "said"),
    [
        ("Graphite!", GRAPHITE, "use small letters"),
        ("graphite", ["2504", "250490"], "2504: write six-digit"),
        ("taken", GRAPHITE, "is there already"),
    ],
)
def test_what_cannot_be_is_refused(config: Config, tmp_path: Path, name: str, codes: list[str], said: str) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(UsageError, match=said):
        new_study(config, name, codes, "Graphite", tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_a_study_that_does_not_load_leaves_nothing_behind(config: Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape("hs_groups.csv")):
        new_study(config, "old", ["854140"], "LEDs", tmp_path / "old")  # a number of the older edition alone
    assert not (tmp_path / "old").exists()


def test_every_page_can_be_made_of_a_new_study(tmp_path: Path) -> None:
    folder, home = tmp_path / "graphite", tmp_path / "home"
    command = ["new-study", "graphite", "--codes", *GRAPHITE, "--title", "Graphite", "--to", str(folder)]
    assert main(command) == 0
    files = {"eurostat_comext": comext([f"{code}00" for code in GRAPHITE]), "fx": rates()}
    make(home, "graphite", "--config", str(folder), **files)
    pages = home / "reports" / "graphite"
    assert {path.stem for path in pages.glob("*.html")} >= {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    front = (pages / "index.html").read_text()
    assert "Did anyone replace the graphite Russia lost?" in front
    assert "Reported exports of graphite to Russia by the coalition fell by 98%" in front
