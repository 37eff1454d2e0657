"""A new study: a configuration folder of its own, copied from an existing one, about other goods."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from chipflows.config import Config, load_config
from chipflows.errors import ConfigError, UsageError

EMPTIED = ("benchmarks.csv", "published_facts.csv", "disagreements.csv", "corrections.csv")
"""What was published, known or found wrong about the old goods says nothing about the new ones."""

COMPARED_WITH = "placebo"
"""The group of goods on no control list stays: a rise that they share has other reasons."""

PLANTED = ("brought", "revision")
"""Oddities of the demo that are planted in the old goods."""

Row = dict[str, str]


def new_study(config: Config, name: str, codes: Sequence[str], title: str, folder: Path) -> str:
    """Return a closing line, after writing `folder`: the configuration of a study of these six-digit codes.

    Codes that the present configuration knows bring their families, links and titles; any other counts as having kept
    its number in every edition. Raises `UsageError` for a wrong name or code, and for a folder that is there.
    """
    check(name, codes, folder)
    shutil.copytree(config.folder, folder)
    try:
        write_goods(config, name, list(dict.fromkeys(codes)), title, folder)
        write_settings(config, name, codes, title, folder)
        load_config(folder)
    except BaseException:
        shutil.rmtree(folder)
        raise
    return f"{folder}: {len(codes)} codes; `chipflows --config {folder} --profile {name} plan` says what would be asked"


def check(name: str, codes: Iterable[str], folder: Path) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise UsageError(f"study {name!r}: use small letters, digits, _ and -, it names folders")
    if wrong := [code for code in codes if not re.fullmatch(r"\d{6}", code, re.ASCII)]:
        raise UsageError(f"{', '.join(wrong)}: write six-digit HS codes, digits only, leading zero kept")
    if folder.exists():
        raise UsageError(f"{folder} is there already: choose another name, or remove it")


def write_goods(config: Config, name: str, codes: list[str], title: str, folder: Path) -> None:
    """Write the four files about goods: the study's own, and those it is compared with."""
    compared = {one.hs6 for one in config.hs_groups if one.group == COMPARED_WITH} - set(codes)
    wanted = {*codes, *compared}
    families = [one for one in config.families if wanted & {hs6 for hs6, _ in one.members}]
    members = {hs6 for family in families for hs6, _ in family.members}
    known = {one.hs6 for one in config.hs_codes}
    new = [row for code in codes if code not in known for row in unknown_code(config, code, title)]
    keep_rows(folder / "hs_codes.csv", lambda row: row["hs6"] in members, new)
    keep_rows(folder / "hs_links.csv", lambda row: row["from_hs6"] in members and row["to_hs6"] in members)
    keep_rows(folder / "families.csv", lambda row: row["family"] in {family.family for family in families})
    newest = {hs6 for family in families for hs6, edition in family.members if edition == config.newest_edition}
    own = [
        {"group": name, "group_title": title, "hs6": code, "reason": "the goods of this study"}
        for code in codes
        if code in newest or code not in known
    ]
    keep_rows(folder / "hs_groups.csv", lambda row: row["hs6"] in compared and row["group"] == COMPARED_WITH, own)
    for file in EMPTIED:
        keep_rows(folder / file, lambda row: False)


def unknown_code(config: Config, code: str, title: str) -> list[Row]:
    """Return the rows of a code of which nothing is known but its number: the same in every edition with codes."""
    sources = {one.hs_edition: one.source_url for one in config.hs_codes}
    given = {"hs6": code, "title": f"{title} ({code[:4]}.{code[4:]})", "is_requested": "true"}
    return [{**given, "hs_edition": edition, "source_url": url} for edition, url in sources.items()]


def keep_rows(path: Path, is_kept: Callable[[Row], bool], new: Iterable[Row] = ()) -> None:
    """Rewrite a CSV file with the new rows first and those of its rows that are kept."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows([*new, *(row for row in rows if is_kept(row))])


def write_settings(config: Config, name: str, codes: Iterable[str], title: str, folder: Path) -> None:
    """Write what the study is called and asks, what its demo makes surge, and its two profiles."""
    goods = title if title[:2].isupper() else title[:1].lower() + title[1:]
    names = {iso3: one.name for iso3, one in config.economies.items()}
    buyer = names[config.project.study.focal_destination]
    sellers = ", ".join(names[iso3] for iso3 in config.project.study.focal_origins)
    question = f"Did {sellers} or third countries make up for the {goods} that others stopped selling to {buyer}?"
    project = folder / "project.toml"
    set_values(project, "title", f"Did anyone replace the {goods} {buyer} lost?", most=1)
    set_values(project, "question", question, most=1)
    set_values(project, r"(?!placebo)\w+_group", name)
    set_values(folder / "demo.toml", "controlled_headings", sorted({code[:4] for code in codes}))
    drop_tables(folder / "demo.toml", PLANTED)
    for profile, copied in ((name, "live"), (f"{name}-demo", "demo")):
        shutil.copy(folder / "profiles" / f"{copied}.toml", folder / "profiles" / f"{profile}.toml")


def set_values(path: Path, key: str, value: str | list[str], most: int = 0) -> None:
    """Give the keys that match a pattern another value, in the first `most` lines that have one (0: in all)."""
    text = path.read_text(encoding="utf-8")
    written = json.dumps(value, ensure_ascii=False)
    pattern = rf'^({key}) = (?:"[^"\n]*"|\[[^\]\n]*\])'
    changed, times = re.subn(pattern, lambda found: f"{found[1]} = {written}", text, count=most, flags=re.M)
    if not times:
        raise ConfigError(f"{path.parent.name}/{path.name}: no line sets {key}, so the new study can't set it")
    path.write_text(changed, encoding="utf-8")


def drop_tables(path: Path, names: Iterable[str]) -> None:
    """Take the tables of these names out of a TOML file, up to the next table."""
    text = path.read_text(encoding="utf-8")
    for name in names:
        text = re.sub(rf"^\[\[{name}\]\].*\n(?:(?!\[).*\n)*", "", text, flags=re.M)
    path.write_text(text, encoding="utf-8")
