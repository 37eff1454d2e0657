"""What can be seen: which reporter published which month, who fell silent, where every row went."""

from __future__ import annotations

import pandas as pd

from chipflows.analysis.wording import count, listed, month, span

WHOLE = 0.9
"""Share of the families held of anyone from which a month counts as published, not as partial."""

STEADY = 0.95
"""Share of the months due from which a reporter is said to have published nearly every month."""

ROWS_PER_ROLE = 8
"""Reporters of a role that a grid names; the others share one row."""

ROLES = {"focal": "under study", "origin": "origin", "coalition": "coalition", "hub": "hub", "rest": "other"}
"""Roles of economies in words."""


def states(grid: pd.DataFrame) -> pd.DataFrame:
    """Return `marts.coverage_grid` with the states a grid draws, for reporters and months that anything is known about.

    published: nearly all (`WHOLE`) families that these files hold of anyone; partial: fewer; missing: not published
    although due; not_due: within the time that the reporter's slow months take (`marts.release_calendar`). Columns:
    reporter, title, role, period, state, share_of_base. Reporters of whom nothing was asked are left out; the focal
    economy is judged by its list of releases alone, for nothing else is asked of it.
    """
    known = grid[grid.groupby("reporter")["state"].transform(lambda column: (column != "not_asked").any())]
    published = known["state"] == "published"
    if not published.any():
        return known.iloc[:0].rename(columns={"reporter_name": "title"})
    first, last = known.loc[published, "period"].min(), known.loc[published, "period"].max()
    known = known[known["period"].between(first, last)].rename(columns={"reporter_name": "title"})
    is_whole = (known["families_covered"] >= WHOLE * known["families_covered"].max()) | (known["role"] == "focal")
    state = known["state"].map({"published": "partial", "not_asked": "unknown"}).fillna("missing")
    state = state.mask((state == "unknown") & (known["role"] == "focal"), "missing")
    state = state.mask((known["state"] == "published") & is_whole, "published")
    state = state.mask(~known["is_due"] & (state == "missing"), "not_due")
    columns = ["reporter", "title", "role", "period", "state", "share_of_base"]
    return pd.DataFrame(known.assign(state=state), columns=columns)


def never(found: pd.DataFrame) -> list[str]:
    """Return the titles of reporters that never published a month although they were asked for."""
    has_any = found["state"].isin(["published", "partial"]).groupby(found["title"]).any()
    return sorted(has_any[~has_any].index)


def grid_rows(found: pd.DataFrame, most: int = ROWS_PER_ROLE) -> pd.DataFrame:
    """Return the rows a grid has room for: of each role the `most` largest reporters, the others joined to one row.

    Reporters that never published are left to the words beside the grid.

    A joined month has the state that all of them share, else it is partial. Rows are in the order of a figure.
    """
    found = found[~found["title"].isin(never(found))]
    sizes = found.groupby(["role", "reporter"])["share_of_base"].max().fillna(0).reset_index()
    place = sizes.sort_values(["share_of_base", "reporter"], ascending=[False, True]).groupby("role").cumcount()
    members = sizes.groupby("role")["reporter"].transform("count")
    joined = set(sizes.loc[(place.reindex(sizes.index) >= most) & (members > most + 1), "reporter"])
    rest = found[found["reporter"].isin(joined)]
    parts = [_joined(part, str(role)) for role, part in rest.groupby("role")]
    rows = pd.concat([found[~found["reporter"].isin(joined)].assign(is_last=False), *parts], ignore_index=True)
    return rows.sort_values(["is_last", "share_of_base", "title", "period"], ascending=[True, False, True, True])


def _joined(part: pd.DataFrame, role: str) -> pd.DataFrame:
    states = part.groupby("period")["state"].agg(["first", "nunique"]).reset_index()
    states["state"] = states["first"].where(states["nunique"] == 1, "partial")
    share = part.groupby("reporter")["share_of_base"].max().sum(min_count=1)
    title = f"{part['reporter'].nunique()} others"
    return states.assign(reporter=f"{role} others", title=title, role=role, share_of_base=share, is_last=True)


def silence(found: pd.DataFrame) -> pd.DataFrame:
    """Return the reporters that stopped: title, role, first, last (month with figures), months, share (% of the base).

    A reporter stopped when months after its last one are missing although due: months that nobody asked for prove
    nothing.
    """
    held = found[found["state"].isin(["published", "partial"])]
    last_missing = found[found["state"] == "missing"].groupby("title")["period"].max()
    if held.empty or last_missing.empty:
        return pd.DataFrame(columns=["title", "role", "first", "last", "months", "share"])
    spans = held.groupby(["title", "role"]).agg(
        first=("period", "min"), last=("period", "max"), months=("period", "count"), share=("share_of_base", "max")
    )
    is_missed = last_missing.reindex(spans.index.get_level_values("title")).to_numpy() > spans["last"]
    stopped = spans[is_missed].reset_index()
    stopped["share"] *= 100
    return pd.DataFrame(stopped.sort_values(["last", "title"], ignore_index=True))


def source_titles(sources: pd.DataFrame) -> dict[str, str]:
    """Return the titles of the sources in `marts.sources_used` by their codes."""
    return dict(zip(sources["source"], sources["title"], strict=True))


def with_titles(rows: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return rows with the titles of their sources in place of codes; `sources` is `marts.sources_used`."""
    return rows.assign(source=rows["source"].replace(source_titles(sources)))


def note(found: pd.DataFrame) -> str:
    """Return what a figure of the grid has to say beside it."""
    silent = never(found)
    absent = f" Nothing at all from {listed(silent, most=20)}." if silent else ""
    joined = "only some of the reporters that share a row"
    return f"Partial: fewer families of goods than these files hold of others, or {joined}.{absent}"


def not_asked(grid: pd.DataFrame) -> dict[str, list[str]]:
    """Return the names of reporters of whom these files hold nothing, by role."""
    asked = set(grid.loc[grid["state"] != "not_asked", "reporter"])
    absent = grid[~grid["reporter"].isin(asked)].drop_duplicates("reporter")
    return {str(role): sorted(part["reporter_name"]) for role, part in absent.groupby("role", sort=False)}


def not_asked_table(grid: pd.DataFrame) -> pd.DataFrame:
    """Return reporters of whom these files hold nothing: role, how many, who."""
    rows = [(role, len(names), ", ".join(names)) for role, names in not_asked(grid).items()]
    return pd.DataFrame(rows, columns=["role", "reporters", "names"])


def answer(found: pd.DataFrame) -> str:
    """Return the answer in one sentence: how many reporters published nearly every month that was due."""
    if found.empty:
        return "These files hold no month of any reporter yet."
    share = published_share(found)
    steady = int((share >= STEADY).sum())
    months = span(found["period"].min(), found["period"].max())
    stopped = silence(found)
    focal = stopped[stopped["role"] == "focal"]
    silent = f"; {focal['title'].iloc[0]} itself fell silent after {month(focal['last'].iloc[0])}" if len(focal) else ""
    return f"{steady} of {count(len(share), 'reporter')} published nearly every month that was due, {months}{silent}."


def limit(grid: pd.DataFrame, found: pd.DataFrame) -> str:
    """Return the sentence that limits it: whose figures and which goods are not held."""
    absent = not_asked(grid)
    named = [*absent.get("origin", []), *absent.get("focal", [])]
    parts = [f"Not covered by these files: {listed(named)}." if named else ""]
    held = int(grid["families_covered"].max()) if len(grid) else 0
    families = int(grid["families"].max()) if len(grid) else 0
    if held < families:
        parts.append(f"Of {families} families of goods {held} are covered.")
    if len(found):
        parts.append("A month that is not published is left empty, never counted as zero.")
    return " ".join(part for part in parts if part)


def families_not_covered(direct: pd.DataFrame) -> list[str]:
    """Return the titles of families without a single covered month in `marts.direct`."""
    covered = direct.groupby("family_title")["is_covered"].any()
    return sorted(covered[~covered].index)


def families_sentence(titles: list[str]) -> str:
    """Return how many families are not covered and which, as the end of a sentence."""
    return f"{len(titles)}: {'; '.join(titles)}." if titles else "none, each has at least one month."


def accounting(files: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return where every row went, by source: received = loaded + rejected + superseded; the sum first.

    `files` is `marts.accounting`, `sources` is `marts.sources_used`.
    """
    columns = ["rows_received", "rows_loaded", "rows_rejected", "rows_superseded"]
    sums = files.groupby("source").agg(files=("file_id", "count"), **{name: (name, "sum") for name in columns})
    titles = source_titles(sources)
    sums.index = pd.Index([titles.get(name, name) for name in sums.index], name="Source")
    whole = sums.sum().to_frame("All sources").T if len(sums) > 1 else sums.iloc[:0]
    return pd.concat([part for part in (whole, sums) if len(part)] or [sums]).rename_axis("Source").reset_index()


def scaled_to(facts: pd.DataFrame, economies: pd.DataFrame) -> pd.DataFrame:
    """Return the published totals that made-up data were scaled to, as written, by flow and period."""
    used = facts[facts["scales_demo"] == "true"]
    names = economies.set_index("iso3")["name"]
    who, whom = (used[column].map(names).fillna(used[column]) for column in ("reporter", "partner"))
    rows = used.assign(flow=who + " to " + whom)
    wide = rows.pivot(index=["flow", "hs", "unit"], columns="period", values="value").reset_index()
    return wide.rename_axis(None, axis=1).rename(columns={"flow": "Flow", "hs": "HS", "unit": "Unit"})


def is_focal_silent(found: pd.DataFrame) -> bool:
    """Return whether the economy under study is among the reporters that stopped."""
    return bool((silence(found)["role"] == "focal").any())


def title(found: pd.DataFrame) -> str:
    """Return the finding as a figure's title: who fell silent, or how many published steadily."""
    stopped = silence(found)
    focal = stopped[stopped["role"] == "focal"]
    if len(focal):
        last = pd.Timestamp(focal["last"].iloc[0])
        return f"{focal['title'].iloc[0]} published nothing after {month(last)}; most of its partners went on"
    share = published_share(found)
    steady = int((share >= STEADY).sum())
    return f"{steady} of {count(len(share), 'reporter')} published nearly every month that was due"


def published_share(found: pd.DataFrame) -> pd.Series[float]:
    """Return published months as a share of those due, by reporter."""
    due = found[found["state"].isin(["published", "partial", "missing"])]
    return due["state"].ne("missing").astype(float).groupby(due["reporter"]).mean()
