"""The page about the sources: `docs/sources.md`, made from config/sources.toml."""

from __future__ import annotations

from collections.abc import Mapping

from chipflows.config import Config, Source, load_config
from chipflows.paths import PROJECT
from chipflows.sources import module_of

PAGE = PROJECT / "docs" / "sources.md"

INTRODUCTION = """# Sources

Made by `python -m chipflows.sources.catalogue` from `config/sources.toml`; edit that. No source has been asked from
where this was written: what only a live call can settle is a checklist in [first_live_run.md](first_live_run.md).

Where several sources speak of one flow, the one with the lowest rank that covers it is preferred; nothing is ever added
up across sources. Money is kept as sent, beside its value in US dollars.
"""

HEADER = ("source", "publisher", "figures come", "money", "exports, imports", "rank")


def catalogue(config: Config) -> str:
    """Return the content of `docs/sources.md`: one table of all sources, then a section on each, as Markdown."""
    rows = [row(source) for source in config.sources.values()]
    table = [HEADER, ("---",) * len(HEADER), *rows]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    return "\n".join([INTRODUCTION, *lines, "", *(section(source) for source in config.sources.values())])


def row(source: Source) -> tuple[str, ...]:
    """Return a source's line in the table."""
    valuations = ", ".join(filter(None, (source.valuation_exports, source.valuation_imports))) or "–"
    way = "by program" if is_asked(source) else "by hand"
    link = f"[{source.source}](#{source.source})"
    return link, source.publisher, way, source.currency, valuations, str(source.rank)


def section(source: Source) -> str:
    """Return what there is to know about one source; facts it doesn't have are left out."""
    own_money = source.value_unit in (source.currency, "1")
    facts = {
        "Publisher": f"{source.publisher}, <{source.page}>",
        "How it comes": how(source),
        "Published": source.cadence,
        "Money": source.currency if own_money else f"{source.currency}, written in {source.value_unit}",
        "Valuation": f"exports {source.valuation_exports}, imports {source.valuation_imports}",
        "Whose trade": ", ".join(source.reporters) or ("whoever reports to it" if source.speaks_for else ""),
        "Flows": f"as {source.codes_as}" if source.codes_as else words(source.flows),
        "Units of quantity": f"as {source.codes_as}" if source.codes_as else words(source.units),
        "Limits": limits(source),
        "Licence": source.licence,
        "Cite as": source.citation,
    }
    if not source.valuation_exports:
        del facts["Valuation"]
    lines = [f"- {name}: {fact}" for name, fact in facts.items() if fact]
    notes = [line for note in source.notes for line in ("", note)]
    return "\n".join([f"## {source.source}", "", f"**{source.title}**", "", *lines, *notes, ""])


def is_asked(source: Source) -> bool:
    """Say whether a program may ask the source, or a person must bring files."""
    return hasattr(module_of(source.source), "plan")


def how(source: Source) -> str:
    """Return the command that gets the source's figures, and what a key does."""
    bring = f"`chipflows import {source.source} FILE`"
    if not is_asked(source):
        return f"a person brings files, {bring}"
    key = f"CHIPFLOWS_{source.source.upper()}_KEY"
    without = "no key"
    if source.key_parameter:
        without = f"only with a key in `{key}`"
    elif source.limits.keyless_rows_per_call:
        without = f"without a key in `{key}` less and slowly"
    return f"`chipflows download {source.source}` from <{source.url}>, {without}; saved answers: {bring}"


def limits(source: Source) -> str:
    """Return what is asked at once and how often, empty for a source that is not asked."""
    if not is_asked(source):
        return ""
    one = source.limits
    return (
        f"{one.rows_per_call:,} rows and {one.periods_per_call} periods a call, "
        f"{one.seconds_between_calls:g} s between calls"
    )


def words(codes: Mapping[str, str]) -> str:
    """Return what a source's codes mean here, the codes that mean the same side by side."""
    by_word: dict[str, list[str]] = {}
    for code, word in codes.items():
        by_word.setdefault(word or "none", []).append(f"`{code}`")
    return "; ".join(f"{' '.join(same)} {word}" for word, same in by_word.items())


def main() -> None:
    """Write `docs/sources.md`."""
    PAGE.write_text(catalogue(load_config(PROJECT / "config")), encoding="utf-8")


if __name__ == "__main__":
    main()
