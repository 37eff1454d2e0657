"""The pages about the sources: generated where they can be, complete where they are written by hand."""

from __future__ import annotations

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from worlds import World

from chipflows.cli import parser
from chipflows.config import Config, load_config
from chipflows.paths import PROJECT
from chipflows.sources.catalogue import PAGE, catalogue, is_asked, words

LIVE = PROJECT / "docs" / "first_live_run.md"
COMMAND = re.compile(r"`(?:chipflows|curl|wc|unzip|cat|python|/usr/bin/time) [^`]+`")


@pytest.fixture(scope="module")
def config() -> Config:
    return load_config(PROJECT / "config")


def sections(page: Path) -> dict[str, str]:
    """The text below each second-level heading."""
    _, *parts = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.M)
    found = {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}
    assert len(found) == len(parts), "a heading stands twice"
    return found


def test_the_page_is_what_the_configuration_makes(config: Config) -> None:
    message = "docs/sources.md is older than config/sources.toml: run `python -m chipflows.sources.catalogue`"
    assert PAGE.read_text(encoding="utf-8") == catalogue(config), message


def test_every_source_has_a_section_that_says_how_it_comes(config: Config) -> None:
    page = sections(PAGE)
    assert list(page) == list(config.sources)
    for source, text in page.items():
        assert f"`chipflows import {source} FILE`" in text
    assert "only with a key in `CHIPFLOWS_US_CENSUS_KEY`" in page["us_census"]
    assert (
        "`chipflows download eurostat_comext` from <https://ec.europa.eu/eurostat/api/comext/dissemination>, no key"
        in (page["eurostat_comext"])
    )
    assert "download" not in page["china_gacc"]
    assert "its partners' word only" in page["baci"]


def test_codes_of_one_meaning_stand_side_by_side() -> None:
    assert words({"个": "u", "千克": "kg", "台": "u", "-1": ""}) == "`个` `台` u; `千克` kg; `-1` none"


def test_links_to_pages_of_the_project_lead_somewhere() -> None:
    for page in (PAGE, LIVE, PROJECT / "docs" / "taiwan_export.md", PROJECT / "docs" / "gacc_export.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name} links to {target}"


def test_open_questions_have_a_command_each(config: Config) -> None:
    page = sections(LIVE)
    assert set(page) == set(config.sources), "docs/first_live_run.md has a section for every source and no other"
    for source, text in page.items():
        _, *points = re.split(r"^- \[[ x]\] ", text, flags=re.M)
        assert points, f"{source}: no open point, write `- [ ] …`"
        for point in points:
            assert COMMAND.search(point), f"{source}: no command settles {point!r}"


def test_every_command_of_the_checklist_can_be_given(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.rates([("2021-11-02", "1.1")])
    world.build()
    points = "\n".join(sections(LIVE).values())
    commands = re.findall(r"`(chipflows [^`]+)`", points)
    given = [parser().parse_args(shlex.split(command)[1:]) for command in commands]
    for options in given:
        if options.command == "query":
            world.ask(options.sql)
        elif options.command in ("plan", "download", "import"):
            names = [options.source] if isinstance(options.source, str) else options.source
            assert set(names) <= set(world.config.sources)
            assert options.command == "import" or all(is_asked(world.config.sources[name]) for name in names)
    assert len(given) > 40
    for module in re.findall(r"`python -m ([\w.]+)`", points):
        assert find_spec(module)
