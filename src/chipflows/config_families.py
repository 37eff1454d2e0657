"""HS codes, their links between editions, and the families that follow from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from chipflows.config_read import Rows, refusal
from chipflows.config_rows import Family, FamilyTitle, HsCode, HsGroup, HsLink
from chipflows.config_toml import Edition, Study

Code = tuple[str, str]
CLASSES = "XMRLS"
"""Break classes, worst first: a family is as comparable as its worst member."""


def check_codes(rows: Rows[HsCode], editions: Iterable[Edition], shown: str) -> None:
    """Refuse an unknown edition, and a heading that is no control total."""
    own = [edition.id for edition in editions if edition.codes_as in ("", edition.id)]
    for row, code in rows:
        if code.hs_edition not in own:
            problem = f"{code.hs_edition!r} is unknown, write an edition with codes of its own: {', '.join(own)}"
            raise refusal(shown, problem, row=row, column="hs_edition")
        if code.is_heading and (code.unit or not code.is_requested):
            problem = f"{code.hs6!r} is no six-digit code (a heading serves as control total: no unit, requested)"
            raise refusal(shown, problem, row=row, column="hs6")


def check_links(rows: Rows[HsLink], editions: Iterable[Edition], shown: str) -> None:
    """Refuse an unknown edition, a wildcard that is not pruned, and a link that a pruned row takes away.

    A wildcard row prunes every link to its code but the one from the same number and those added by hand.
    """
    known = [edition.id for edition in editions]
    everything = {(link.to_hs6, link.to_edition): row for row, link in rows if link.from_hs6 == "*"}
    for row, link in rows:
        for column in ("from_edition", "to_edition"):
            if getattr(link, column) not in known:
                problem = f"{getattr(link, column)!r} is unknown, write one of: {', '.join(known)}"
                raise refusal(shown, problem, row=row, column=column)
        if link.from_edition == link.to_edition:
            raise refusal(shown, "a link joins two editions, this one stays in one", row=row, column="to_edition")
        if link.from_hs6 == "*" and link.status != "pruned":
            raise refusal(shown, "'*' stands for any code, only a pruned row may say that", row=row, column="from_hs6")
        pruned_by = everything.get((link.to_hs6, link.to_edition))
        if link.status == "kept" and pruned_by and link.from_hs6 != link.to_hs6:
            problem = f"row {pruned_by} prunes every link to {link.to_hs6}; write status added, with the reason"
            raise refusal(shown, problem, row=row, column="status")


def compute_families(
    codes: Rows[HsCode], links: Rows[HsLink], titles: Rows[FamilyTitle], folder: str
) -> tuple[Family, ...]:
    """Return the connected components under kept and added links, each named after its oldest, lowest code.

    A code that stands in two editions and in no link kept its number. Raises `ConfigError` for a code that is in no
    family, and for a title whose family has no members.
    """
    listed: dict[Code, HsCode] = {(one.hs6, one.hs_edition): one for _, one in codes if not one.is_heading}
    neighbours: dict[Code, set[Code]] = defaultdict(set)
    for _, link in links:
        if link.status != "pruned":
            ends = (link.from_hs6, link.from_edition), (link.to_hs6, link.to_edition)
            neighbours[ends[0]].add(ends[1])
            neighbours[ends[1]].add(ends[0])
    editions = defaultdict(set)
    for hs6, edition in listed:
        editions[hs6].add(edition)
    unlinked = [code for code in listed if code not in neighbours]
    for hs6, edition in unlinked:
        neighbours[hs6, edition] |= {(hs6, other) for other in editions[hs6] - {edition} if (hs6, other) in unlinked}
    names = {one.family: one for _, one in titles}
    families = [name_family(members, listed, names) for members in components(neighbours) if len(members) > 1]
    check_membership(codes, titles, families, folder)
    return tuple(sorted(families, key=lambda family: family.family))


def components(neighbours: dict[Code, set[Code]]) -> list[list[Code]]:
    """Return the connected components of a graph, members sorted by edition and code."""
    left, found = set(neighbours), []
    while left:
        reached, edge = set(), {min(left)}
        while edge:
            reached |= edge
            edge = set().union(*(neighbours[code] for code in edge)) - reached
        left -= reached
        found.append(sorted(reached, key=lambda code: (code[1], code[0])))
    return found


def name_family(members: list[Code], listed: dict[Code, HsCode], names: dict[str, FamilyTitle]) -> Family:
    """Return a family with its configured title, or else the title of its first code that has one."""
    family = f"F{members[0][0]}"
    known = [listed[code] for code in members if code in listed]
    newest = [code for code in known if code.hs_edition == known[-1].hs_edition]
    title = names[family].title if family in names else newest[0].title if newest else family
    short = names[family].short_title if family in names else title
    classes = {code.break_class for code in known if code.break_class}
    return Family(family, title, short, tuple(members), min(classes, key=CLASSES.index, default=""))


def check_membership(codes: Rows[HsCode], titles: Rows[FamilyTitle], families: list[Family], folder: str) -> None:
    """Refuse a code without a family and a titled family without members."""
    held = {code for family in families for code in family.members}
    for row, one in codes:
        if not one.is_heading and (one.hs6, one.hs_edition) not in held:
            problem = (
                f"{one.hs6} ({one.hs_edition}) is in no family: add its link to {folder}/hs_links.csv, or, if it kept "
                "its number, its row in the other edition"
            )
            raise refusal(f"{folder}/hs_codes.csv", problem, row=row, column="hs6")
    ids = {family.family for family in families}
    for row, named in titles:
        if named.family not in ids:
            problem = f"{named.family} has no members: no kept or added link in {folder}/hs_links.csv makes it"
            raise refusal(f"{folder}/families.csv", problem, row=row, column="family")


def check_groups(rows: Rows[HsGroup], families: Iterable[Family], newest: str, shown: str) -> None:
    """Refuse a code that is in no family, and a group with two titles."""
    held = {hs6 for family in families for hs6, edition in family.members if edition == newest}
    titles: dict[str, str] = {}
    for row, one in rows:
        if one.hs6 not in held:
            raise refusal(shown, f"{one.hs6} ({newest}) is in no family", row=row, column="hs6")
        if titles.setdefault(one.group, one.group_title) != one.group_title:
            problem = f"group {one.group} is called {titles[one.group]!r} further up"
            raise refusal(shown, problem, row=row, column="group_title")


NAMED_GROUPS = (
    "headline_group",
    "listed_group",
    "placebo_group",
    "near_group",
    "own_control_group",
    "tools_group",
)


def check_named_groups(study: Study, rows: Rows[HsGroup], shown: str) -> None:
    """Refuse a group that the study names and that has no codes."""
    groups = {one.group for _, one in rows}
    for column in NAMED_GROUPS:
        group = getattr(study, column)
        if group and group not in groups:
            raise refusal(shown, f"{group!r} is not in hs_groups.csv", row="study", column=column)
