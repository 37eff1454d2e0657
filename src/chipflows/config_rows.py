"""One dataclass per CSV file: its fields are the columns, word for word, its parsers say what may stand in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chipflows.config_read import (
    at_most,
    cell,
    day,
    link,
    month,
    name,
    one_of,
    pattern,
    several,
    text,
    truth,
)

ROLES = ("focal", "origin", "coalition", "hub", "rest", "group", "nes")
FLOWS = ("export", "import", "re_export", "re_import", "domestic_export")
hs_code = pattern(r"\d{6}|\d{4}", "a six-digit code (or a four-digit heading)")
hs6 = pattern(r"\d{6}", "a six-digit code, write digits only, leading zero kept")
whole = pattern(r"0|[1-9]\d*", "a whole number without leading zeros")
taiwan_name = pattern(r"[^;\ufffd]+", "a name in which ? stands for a broken letter")
number = pattern(r"\d+(\.\d+)?", "a decimal number")
decimal = pattern(r"-?\d+(\.\d+)?", "a decimal number, with a sign if it is negative")
STATISTICS = ("sum", "mean", "change", "share")
three = pattern(r"\d{3}", "three digits")
two = pattern(r"[A-Z]{2}", "two capitals")

CODE_COLUMNS = {
    "comtrade": ("comtrade", "comtrade_also"),
    "comtrade_web": ("comtrade", "comtrade_also"),
    "baci": ("comtrade", "comtrade_also"),
    "eurostat_comext": ("comext", "comext_also"),
    "hongkong_censtatd": ("hongkong",),
    "china_gacc": ("gacc", "gacc_also"),
    "us_census": ("census",),
    "japan_customs": ("japan",),
    "taiwan_customs": ("taiwan", "taiwan_also"),
    "korea_customs": ("iso2",),
    "uk_hmrc": ("comext", "comext_also"),
}
"""Which columns of economies.csv hold a source's codes: the one to ask for first, then older ones it may still send.

HMRC kept the country codes of Eurostat (Serbia is `XS`); Korea uses ISO 3166 alpha-2.
"""


@dataclass(frozen=True)
class Economy:
    """A customs territory, a group of them, or an area not specified, with its code in every source."""

    KEY: ClassVar = ("iso3",)
    iso3: str = cell(pattern(r"[A-Z0-9_]{2,4}", "two to four capitals, digits or _"))
    iso2: str = cell(two, empty=True)
    name: str = cell(text)
    role: str = cell(one_of(*ROLES))
    comtrade: str = cell(whole, empty=True)
    comtrade_also: tuple[str, ...] = cell(several(whole), empty=True)
    comext: str = cell(text, empty=True)
    comext_also: tuple[str, ...] = cell(several(text), empty=True)
    hongkong: str = cell(two, empty=True)
    gacc: str = cell(three, empty=True)
    gacc_also: tuple[str, ...] = cell(several(three), empty=True)
    census: str = cell(pattern(r"\d{4}", "four digits"), empty=True)
    japan: str = cell(three, empty=True)
    taiwan: str = cell(taiwan_name, empty=True)
    taiwan_also: tuple[str, ...] = cell(several(taiwan_name, ";"), empty=True)
    is_reference_partner: bool = cell(truth)
    note: str = cell(text, empty=True)

    def codes(self, source: str) -> tuple[str, ...]:
        """Return the economy's codes in a source, the current one first; empty where the source does not know it."""
        first, *also = (getattr(self, column) for column in CODE_COLUMNS[source])
        return tuple(code for code in (first, *(also[0] if also else ())) if code)


@dataclass(frozen=True)
class HsCode:
    """One HS code in one edition: a six-digit code, or a heading that serves as control total."""

    KEY: ClassVar = ("hs6", "hs_edition")
    hs6: str = cell(hs_code)
    hs_edition: str = cell(name)
    tier: str = cell(one_of("1", "2", "3.A", "3.B", "4.A", "4.B"), empty=True)
    chpl_version: str = cell(one_of("9", "45", "50"), empty=True)
    break_class: str = cell(one_of("S", "L", "R", "M", "X"), empty=True)
    leak_flags: str = cell(pattern(r"e?f?t?p?", "some of the letters e f t p, in this order"), empty=True)
    unit: str = cell(one_of("u", "kg", "m2", "l"), empty=True)
    title: str = cell(text)
    is_requested: bool = cell(truth)
    source_url: str = cell(link)

    @property
    def is_heading(self) -> bool:
        return len(self.hs6) == 4


@dataclass(frozen=True)
class HsLink:
    """A link between codes of two editions: kept, added by hand, or pruned (`*`: from any code but the same one)."""

    KEY: ClassVar = ("from_hs6", "from_edition", "to_hs6", "to_edition")
    from_hs6: str = cell(pattern(r"\d{6}|\*", "a six-digit code, or * in a pruned row"))
    from_edition: str = cell(name)
    to_hs6: str = cell(hs6)
    to_edition: str = cell(name)
    relation: str = cell(one_of("1:1", "1:n", "n:1", "n:n", "conversion"))
    status: str = cell(one_of("kept", "added", "pruned"))
    reason: str = cell(text)
    source_url: str = cell(link)


@dataclass(frozen=True)
class FamilyTitle:
    """The name of a family; which codes it holds is computed from the links."""

    KEY: ClassVar = ("family",)
    family: str = cell(pattern(r"F\d{6}", "F and the lowest six-digit code of the older edition"))
    title: str = cell(text)
    short_title: str = cell(text)
    note: str = cell(text, empty=True)


@dataclass(frozen=True)
class HsGroup:
    """A code's place in an analytic group."""

    KEY: ClassVar = ("group", "hs6")
    group: str = cell(name)
    group_title: str = cell(text)
    hs6: str = cell(hs6)
    reason: str = cell(text)


@dataclass(frozen=True)
class Event:
    """Something that happened on a day; `label` is what fits on a chart."""

    KEY: ClassVar = ("event_id",)
    event_id: str = cell(name)
    date: date = cell(day)  # noqa: RUF009
    actor: str = cell(text)
    kind: str = cell(text)
    title: str = cell(text)
    label: str = cell(at_most(40))
    source_url: str = cell(text)
    status: str = cell(one_of("verified", "to_verify", "day_to_verify"))
    is_default: bool = cell(truth)


@dataclass(frozen=True)
class Benchmark:
    """A number that others published, as they wrote it, and how the same is computed here, where it can be.

    `reporters` are selectors as in project.toml, `goods` a group of hs_groups.csv or a tier; `statistic` is the sum or
    the monthly mean (USD), the change against the base months, or the share of all reporters (1 = all); `number` the
    one number compared, `is_at_least` whether more would confirm it, too.
    """

    KEY: ClassVar = ("benchmark_id",)
    benchmark_id: str = cell(name)
    block: str = cell(text)
    who: str = cell(text)
    definition: str = cell(text)
    value: str = cell(text)
    period: str = cell(text)
    basis: str = cell(text)
    reproducible: str = cell(one_of("Y", "P", "N"))
    source: str = cell(text)
    reporters: tuple[str, ...] = cell(several(text), empty=True)
    partners: tuple[str, ...] = cell(several(text), empty=True)
    goods: str = cell(text, empty=True)
    statistic: str = cell(one_of(*STATISTICS), empty=True)
    start: str = cell(month, empty=True)
    end: str = cell(month, empty=True)
    base_start: str = cell(month, empty=True)
    base_end: str = cell(month, empty=True)
    number: str = cell(decimal, empty=True)
    tolerance: str = cell(decimal, empty=True)
    is_at_least: bool = cell(truth)


@dataclass(frozen=True)
class PublishedFact:
    """A published trade figure; `reporter` and `partner` are ISO3 codes, several separated by a space."""

    KEY: ClassVar = ("fact_id",)
    fact_id: str = cell(name)
    quality_class: str = cell(one_of("A", "B", "C"))
    reporter: tuple[str, ...] = cell(several(text))
    partner: tuple[str, ...] = cell(several(text))
    hs: str = cell(text)
    flow: str = cell(one_of(*FLOWS))
    period: str = cell(text)
    value: str = cell(text)
    unit: str = cell(text)
    source: str = cell(text)
    note: str = cell(text, empty=True)
    scales_demo: bool = cell(truth)


@dataclass(frozen=True)
class Disagreement:
    """Where published numbers contradict each other, and why."""

    KEY: ClassVar = ("topic",)
    topic: str = cell(text)
    why: str = cell(text)


@dataclass(frozen=True)
class Correction:
    """A known upstream error in monthly rows, what is done about it, and the guard that says whether it is still there.

    `drop` takes the rows away and leaves their families unknown in those months, `multiply` scales their values by
    `factor`, `recode` moves them to the code `to_hs6`. The guard compares the sum of all rows met, as received in the
    source's currency, with `guard_total`; while it does not hold, nothing is done.
    """

    KEY: ClassVar = ("correction_id",)
    correction_id: str = cell(name)
    source: str = cell(text)
    reporter: str = cell(text)
    partner: str = cell(text)
    flow: str = cell(one_of(*FLOWS, "*"))
    hs6: str = cell(pattern(r"\d{6}|\*", "a six-digit code, or * for all"))
    period_from: str = cell(month)
    period_to: str = cell(month)
    action: str = cell(one_of("drop", "multiply", "recode"))
    factor: str = cell(number, empty=True)
    to_hs6: str = cell(pattern(r"\d{6}", "a six-digit code"), empty=True)
    reason: str = cell(text)
    source_url: str = cell(link)
    guard: str = cell(one_of("above", "below", "equals"))
    guard_total: str = cell(number)

    def meets(self, other: Correction) -> bool:
        """Return whether a row can fall under both."""
        either = [(getattr(self, one), getattr(other, one)) for one in ("source", "reporter", "partner", "flow", "hs6")]
        is_same_time = self.period_from <= other.period_to and other.period_from <= self.period_to
        return is_same_time and all(mine == theirs or "*" in (mine, theirs) for mine, theirs in either)


@dataclass(frozen=True)
class JoinedMonths:
    """Months of a year that a reporter publishes as one figure; a value for one of them alone is a split of it."""

    KEY: ClassVar = ("reporter", "from_month")
    reporter: str = cell(text)
    from_month: str = cell(pattern(r"0[1-9]|1[0-2]", "a month of the year, write 01 to 12"))
    to_month: str = cell(pattern(r"0[1-9]|1[0-2]", "a month of the year, write 01 to 12"))
    since: str = cell(month)
    reason: str = cell(text)
    source_url: str = cell(link)


@dataclass(frozen=True)
class Family:
    """The smallest set of codes closed under the links: what can be compared across editions."""

    family: str
    title: str
    short_title: str
    members: tuple[tuple[str, str], ...]
    break_class: str
