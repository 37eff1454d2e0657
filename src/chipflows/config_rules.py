"""What must hold between configuration files, and the families that follow from the links between HS editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from chipflows.config_read import Rows, refusal
from chipflows.config_rows import (
    CODE_COLUMNS,
    Correction,
    Economy,
    Family,
    FamilyTitle,
    HsCode,
    HsGroup,
    HsLink,
    PublishedFact,
)
from chipflows.config_toml import Edition, Project, Source
from chipflows.errors import UsageError

Code = tuple[str, str]
FLOWS = ("export", "import", "re_export", "re_import")
CLASSES = "XMRLS"
"""Break classes, worst first: a family is as comparable as its worst member."""


def select(selectors: Iterable[str], economies: dict[str, Economy]) -> tuple[str, ...] | None:
    """Return the ISO3 codes that selectors stand for, each once, in their order; None for `*` (all, nothing left out).

    A selector is `*`, `role:<role>`, `reference_partners`, or an ISO3 code; raises `UsageError` for any other.
    """
    chosen: dict[str, None] = {}
    selectors = list(selectors)
    if selectors == ["*"]:
        return None
    for selector in selectors:
        if selector == "reference_partners":
            found = [one.iso3 for one in economies.values() if one.is_reference_partner]
        elif selector.startswith("role:"):
            found = [one.iso3 for one in economies.values() if one.role == selector[5:]]
        else:
            found = [selector] if selector in economies else []
        if not found:
            raise UsageError(
                f"selector {selector!r} stands for no economy; write an ISO3 code of economies.csv, role:<role>, "
                "reference_partners, or * alone"
            )
        chosen.update(dict.fromkeys(found))
    return tuple(chosen)


def check_economies(rows: Rows[Economy], shown: str) -> dict[str, Economy]:
    """Return economies by ISO3; refuses one that no source knows, and a code that stands for two."""
    owner: dict[tuple[str, str], int] = {}
    for row, economy in rows:
        known = [(source, code) for source in CODE_COLUMNS for code in economy.codes(source)]
        if not known:
            problem = f"no source knows {economy.iso3}, fill at least one of the code columns"
            raise refusal(shown, problem, row=row, column="iso3")
        for source, code in known:
            if (source, code) in owner:
                problem = f"code {code!r} stands already in row {owner[source, code]}"
                raise refusal(shown, problem, row=row, column=CODE_COLUMNS[source][0])
            owner[source, code] = row
    return {economy.iso3: economy for _, economy in rows}


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
    title = names[family].title if family in names else known[-1].title if known else family
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


def check_facts(rows: Rows[PublishedFact], economies: dict[str, Economy], shown: str) -> None:
    """Refuse an unknown economy, and a fact that scales the demo without being a plain number of one year."""
    for row, fact in rows:
        for column in ("reporter", "partner"):
            for iso3 in getattr(fact, column):
                if iso3 not in economies:
                    raise refusal(shown, f"{iso3!r} is not in economies.csv", row=row, column=column)
        if fact.scales_demo and not (fact.value.replace(".", "", 1).isdigit() and fact.period.isdigit()):
            problem = "true, but value or period is not a plain number (of one year)"
            raise refusal(shown, problem, row=row, column="scales_demo")


def check_corrections(
    rows: Rows[Correction], economies: dict[str, Economy], sources: dict[str, Source], shown: str
) -> None:
    """Refuse an unknown source or economy, an end before its start, and a factor missing or without use."""
    for row, one in rows:
        if one.source not in sources:
            raise refusal(shown, f"{one.source!r} is not in sources.toml", row=row, column="source")
        for column in ("reporter", "partner"):
            if getattr(one, column) not in (*economies, "*"):
                raise refusal(shown, f"{getattr(one, column)!r} is not in economies.csv", row=row, column=column)
        if one.period_to < one.period_from:
            raise refusal(shown, f"{one.period_to!r} is before {one.period_from!r}", row=row, column="period_to")
        if (one.action == "multiply") != bool(one.factor):
            raise refusal(shown, "multiply needs a factor, drop takes none", row=row, column="factor")


def check_project(project: Project, economies: dict[str, Economy], shown: str) -> None:
    """Refuse a focal economy, selector or flow word that configuration does not know."""
    for column in ("focal_destination", "focal_origins"):
        value = getattr(project.study, column)
        for iso3 in (value,) if isinstance(value, str) else value:
            if iso3 not in economies:
                raise refusal(shown, f"{iso3!r} is not in economies.csv", row="study", column=column)
    for corridor in project.corridors:
        row = f"corridor {corridor.id}"
        for column in ("reporters", "partners"):
            try:
                select(getattr(corridor, column), economies)
            except UsageError as error:
                raise refusal(shown, str(error), row=row, column=column) from None
        for flow in corridor.flows:
            if flow not in FLOWS:
                raise refusal(shown, f"{flow!r} is unknown, write some of: {', '.join(FLOWS)}", row=row, column="flows")
