"""config/demo.toml read strictly: everything about the synthetic world that a person might change."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chipflows.config import months
from chipflows.config_read import build, cell, day, month, read_toml, refusal, text, texts, truth
from chipflows.config_toml import read_table

FILE = "demo.toml"
Numbers = Mapping[str, float]


def number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise ValueError("is not a number of at least 0")
    return float(value)


def table(parse: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    """Return a parser of TOML tables whose values are read by `parse`."""

    def read(value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("is not a table")
        return {key: parse(one) for key, one in value.items()}

    return read


def with_default(value: Any) -> dict[str, float]:
    numbers = table(number)(value)
    if "default" not in numbers:
        raise ValueError("has no key default")
    return numbers


def curve(value: Any) -> dict[str, float]:
    points = {month(key): one for key, one in table(number)(value).items()}
    if not points or list(points) != sorted(points):
        raise ValueError("has no months, or months out of order")
    return points


def twelve(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != 12:
        raise ValueError("is not a list of twelve numbers")
    return tuple(number(one) for one in value)


@dataclass(frozen=True)
class Trend:
    """A factor over time for the flows that `exporters`, `destinations` and `goods` select, all three as selectors."""

    exporters: tuple[str, ...] = cell(texts)
    destinations: tuple[str, ...] = cell(texts)
    goods: tuple[str, ...] = cell(texts)
    months: Mapping[str, float] = cell(curve)
    why: str = cell(text, default="")


@dataclass(frozen=True)
class Hub:
    """A third country that passes goods on; `surge` is in shares of what sanctioning economies used to sell.

    What comes in for it (`from_coalition`, `from_origins`, in shares of what goes on) arrives `lag` months earlier; of
    that the share `lost` is on its way in the exporters' records, and never in the hub's.
    """

    iso3: str = cell(text)
    surge: float = cell(number)
    lag: float = cell(number)
    from_coalition: float = cell(number)
    from_origins: float = cell(number)
    lost: float = cell(number)
    months: Mapping[str, float] = cell(curve)


@dataclass(frozen=True)
class Adoption:
    """A reporter that adopts an edition at another time than its entry into force; an empty month means never."""

    reporter: str = cell(text)
    hs_edition: str = cell(text)
    since: str = cell(month, empty=True)
    why: str = cell(text)


@dataclass(frozen=True)
class Silence:
    """Months for which a reporter has published nothing; without an end, the last months."""

    reporter: str = cell(text)
    start: str = cell(month)
    end: str = cell(month, empty=True)
    why: str = cell(text)


@dataclass(frozen=True)
class Brought:
    """A file that a person brought: one reporter's exports of one heading (of all reporters, `W00`, where reconciled).

    `currency`: the one the person chose, where the form leaves a choice.
    `usd`: what a yearly file adds up to, where that is published. `is_plus`: detail rows beside the totals.
    `unspecified`: a share that stands under `code`, and the same under the last of the partners.
    """

    file: str = cell(text)
    source: str = cell(text)
    reporter: str = cell(text)
    partners: tuple[str, ...] = cell(texts)
    heading: str = cell(text)
    start: str = cell(month)
    end: str = cell(month)
    why: str = cell(text)
    is_yearly: bool = cell(truth, default=False)
    usd: float = cell(number, default=0.0)
    is_plus: bool = cell(truth, default=False)
    unspecified: float = cell(number, default=0.0)
    hs_edition: str = cell(text, default="")
    code: str = cell(text, default="")
    currency: str = cell(text, default="")


@dataclass(frozen=True)
class Revision:
    """A month of a reporter that came out again on `retrieved`: other values, rows new and withdrawn."""

    corridor: str = cell(text)
    period: str = cell(month)
    reporter: str = cell(text)
    factor: float = cell(number)
    retrieved: datetime.date = cell(day)  # noqa: RUF009
    why: str = cell(text)


@dataclass(frozen=True)
class Disagreement:
    """Months in which a customs office says another value (times `factor`) of a flow than UN Comtrade."""

    source: str = cell(text)
    partner: str = cell(text)
    heading: str = cell(text)
    start: str = cell(month)
    end: str = cell(month)
    factor: float = cell(number)
    why: str = cell(text)


LISTS: dict[str, type[Any]] = {
    "cycle": Trend,
    "shock": Trend,
    "response": Trend,
    "drift": Trend,
    "markup": Trend,
    "hub": Hub,
    "adoption": Adoption,
    "silence": Silence,
    "brought": Brought,
    "disagreement": Disagreement,
    "revision": Revision,
}
"""The lists of tables in config/demo.toml; all other keys are single values or tables."""


@dataclass(frozen=True)
class Settings:
    """The whole of config/demo.toml; what each key means is said there."""

    cycle: tuple[Trend, ...]
    shock: tuple[Trend, ...]
    response: tuple[Trend, ...]
    drift: tuple[Trend, ...]
    markup: tuple[Trend, ...]
    hub: tuple[Hub, ...]
    adoption: tuple[Adoption, ...]
    silence: tuple[Silence, ...]
    brought: tuple[Brought, ...]
    disagreement: tuple[Disagreement, ...]
    revision: tuple[Revision, ...]
    seed: str = cell(text)
    start: str = cell(month)
    end: str = cell(month)
    war: str = cell(month)
    backfill: float = cell(number)
    retrieved: datetime.date = cell(day)  # noqa: RUF009
    imported: datetime.date = cell(day)  # noqa: RUF009
    surge_goods: float = cell(number)
    sanctioned: tuple[str, ...] = cell(texts)
    ic_headings: tuple[str, ...] = cell(texts)
    controlled_headings: tuple[str, ...] = cell(texts)
    silent_reporters: tuple[str, ...] = cell(texts)
    level: Mapping[str, Mapping[str, float]] = cell(table(with_default))
    share: Mapping[str, float] = cell(table(number))
    market: Mapping[str, Mapping[str, float]] = cell(table(with_default))
    smallest_flow_usd: Mapping[str, Mapping[str, float]] = cell(table(with_default))
    detail: Mapping[str, float] = cell(table(number))
    season: Mapping[str, tuple[float, ...]] = cell(table(twelve))
    scatter: Mapping[str, float] = cell(table(number))
    usd_per_kg: Mapping[str, float] = cell(with_default)
    usd_per_unit: Mapping[str, float] = cell(with_default)
    split_evenly_since: Mapping[str, str] = cell(table(month))
    re_exports: Mapping[str, float] = cell(table(number))
    confidential: Mapping[str, float] = cell(table(number))
    estimated: Mapping[str, float] = cell(with_default)
    differs: Mapping[str, float] = cell(table(number))
    booked_later: Mapping[str, float] = cell(table(number))
    re_export_margin: float = cell(number)
    re_export_origins: Mapping[str, float] = cell(table(number))
    other_origins: float = cell(number)
    cif: float = cell(number)
    rates: Mapping[str, Mapping[str, float]] = cell(table(curve))
    names: Mapping[str, tuple[str, ...]] = cell(table(texts))
    gacc_names: Mapping[str, str] = cell(table(text))

    @property
    def months(self) -> tuple[str, ...]:
        """Every month of the world, as `YYYY-MM`."""
        return months(self.start, self.end)


def load_settings(folder: Path) -> Settings:
    """Return the settings of the demo; raises `ConfigError` for an unknown key, a missing one, or a wrong value."""
    shown = f"{folder.name}/{FILE}"
    keys = read_toml(folder, FILE)
    lists: dict[str, tuple[Any, ...]] = {}
    for key, kind in LISTS.items():
        entries = keys.pop(key, [])
        if not isinstance(entries, list):
            raise refusal(shown, f"is not a list, write [[{key}]]", row="top level", column=key)
        tables = [read_table(entry, key, shown) for entry in entries]
        lists[key] = tuple(build(kind, one, shown, f"{key} {place}") for place, one in enumerate(tables, 1))
    settings = build(Settings, keys, shown, None, **lists)
    if settings.end < settings.start:
        raise refusal(shown, f"{settings.end!r} is before the start {settings.start!r}", row="top level", column="end")
    return settings
