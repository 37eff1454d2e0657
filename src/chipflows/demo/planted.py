"""What was planted in the synthetic world, as rows for a page: nobody should take it for a finding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chipflows.config import Config
from chipflows.demo.settings import Settings, Trend, load_settings

TRENDS = {
    "cycle": "course of ordinary trade",
    "shock": "fall of supply",
    "response": "response of other suppliers",
    "drift": "prices in general",
    "markup": "higher prices to some destinations",
}
FROM_THEN_ON = "from then on"


@dataclass(frozen=True)
class Oddity:
    """One thing that was planted: its kind, whose figures hold it, in which months, and what it is."""

    oddity: str
    where: str
    when: str
    what: str


def planted(config: Config, settings: Settings | None = None) -> list[Oddity]:
    """Return everything that was planted, in the order of config/demo.toml."""
    settings = settings or load_settings(config.folder)
    return [*happened(settings), *reported(settings), *delivered(settings)]


def happened(settings: Settings) -> Iterator[Oddity]:
    """Yield what happened to the flows themselves."""
    yield Oddity(
        "strength of the response",
        "focal origins and hubs",
        f"from {settings.war}",
        f"{settings.backfill:g} of what the rows on responses and hubs say (0: no response at all)",
    )
    for kind, title in TRENDS.items():
        trends: tuple[Trend, ...] = getattr(settings, kind)
        for one in trends:
            where = f"{' '.join(one.exporters)} to {' '.join(one.destinations)}, goods {' '.join(one.goods)}"
            points = ", ".join(f"{month} × {value:g}" for month, value in one.months.items())
            yield Oddity(title, where, f"{min(one.months)} to {max(one.months)}", f"{one.why}: {points}")
    for hub in settings.hub:
        what = (
            f"passes on {hub.surge:.1%} of the lost supply at its peak; {hub.from_coalition:.0%} of it comes from "
            f"sanctioning economies and {hub.from_origins:.0%} from the focal origins (lag in months: {hub.lag:g}); "
            f"{hub.lost:.0%} of what comes in for that is never recorded as imports"
        )
        yield Oddity("rerouting", hub.iso3, f"{min(hub.months)} to {max(hub.months)}", what)


def reported(settings: Settings) -> Iterator[Oddity]:
    """Yield what reporters make of it."""
    for adoption in settings.adoption:
        when = adoption.since or "never"
        yield Oddity("change of HS edition", adoption.reporter, when, f"{adoption.hs_edition}: {adoption.why}")
    for silence in settings.silence:
        yield Oddity("silence", silence.reporter, f"{silence.start} to {silence.end or settings.end}", silence.why)
    for reporter, since in settings.split_evenly_since.items():
        what = "January and February are known only together; half of the sum stands in each"
        yield Oddity("evenly split months", reporter, f"{since} {FROM_THEN_ON}", what)
    always = f"{settings.start} to {settings.end}"
    for reporter, share in settings.re_exports.items():
        yield Oddity("re-exports", reporter, always, f"about {share:.0%} of exports, sent beside them as their part")
    what = f"exports at {settings.cif:g} of their value, and scatter around them"
    yield Oddity("imports", "hubs", always, what)
    for reporter, share in settings.confidential.items():
        yield Oddity("confidential codes", reporter, always, f"headings are {share:.1%} larger than their codes")
    for reporter, share in settings.estimated.items():
        where = "all others" if reporter == "default" else reporter
        what = f"{share:.0%} of weights estimated, {share / 2:.1%} of quantities missing, half of these without a unit"
        yield Oddity("estimates and gaps", where, always, what)
    for source, sigma in settings.differs.items():
        what = f"values scatter by {sigma:.1%} around what UN Comtrade says of the same flow"
        yield Oddity("two sources of one flow", source, always, what)
    for source, share in settings.booked_later.items():
        what = f"{share:.1%} of a month is booked in the next one, within a year"
        yield Oddity("two sources of one flow", source, always, what)
    origins = ", ".join(f"{iso3} {share:.0%}" for iso3, share in settings.re_export_origins.items())
    what = f"re-exports come from {origins}, with a margin of {settings.re_export_margin:.0%}"
    yield Oddity("origins of re-exports", "hongkong_censtatd", always, what)


def delivered(settings: Settings) -> Iterator[Oddity]:
    """Yield what is special about the files."""
    for one in settings.brought:
        where = f"{one.reporter} to {' '.join(one.partners)}, {one.heading}"
        yield Oddity("file that a person brought", where, f"{one.start} to {one.end}", f"{one.file}: {one.why}")
    for differs in settings.disagreement:
        what = f"{differs.factor:g} times what UN Comtrade says: {differs.why}"
        where = f"{differs.source}, to {differs.partner}, {differs.heading}"
        yield Oddity("two sources disagree", where, f"{differs.start} to {differs.end}", what)
    for revision in settings.revision:
        what = f"received again on {revision.retrieved}, at first {revision.factor:.1%} of it: {revision.why}"
        yield Oddity("revision", revision.reporter, revision.period, what)
