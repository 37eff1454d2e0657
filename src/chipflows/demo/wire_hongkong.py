"""Hong Kong's answers about the synthetic world: thousands of Hong Kong dollars, re-exports and imports by origin."""

from __future__ import annotations

from collections.abc import Iterator

from chipflows.demo.chance import key, mixed, uniform
from chipflows.demo.comtrade_text import compact
from chipflows.demo.offices import Office, Told
from chipflows.demo.published import Statistics
from chipflows.demo.world import EXPORT, RE_EXPORT, WORLD
from chipflows.raw.records import Answer, Request, Scope

SOURCE = "hongkong_censtatd"
THOUSAND = 1000

Figures = tuple[str, str, str, str, int, int]
"""Partner, origin (empty where it was not asked for), code, month, value in thousands, quantity."""


def answer(statistics: Statistics, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request, and what its check will find; an empty answer says that there is no record."""
    config, asked = statistics.world.config, dict(request.parameters)
    codes = {iso3: config.code_of(SOURCE, iso3) for iso3 in (*(request.scope.partners or ()), *origins(statistics))}
    rows, total = [], 0
    for partner, origin, code, month, value, quantity in sorted(figures(statistics, request.scope)):
        cell = {"freq": "M", "period": month.replace("-", ""), "ttype": asked["ttype"]}
        cell |= {"co": codes[origin]} if origin else {}
        cell |= {"cc": codes[partner], "codeclass": asked["codeclass"], "code": code}
        named = (("VCm", value), ("QCm", quantity)) if value else ()
        rows += [compact(cell | {"sv": sv, "figure": f"{figure:,}"}) for sv, figure in named if figure]
        total += value
    name, text = ("Success", "") if rows else ("Fail", "No record found")
    status = compact({"name": name, "code": "" if rows else "1", "message": [text]})
    header = f'{{"status":{status},"count":{{"noOfRecords":{len(rows)}}}}}'
    body = f'{{"header":{header},"dataSet":[{",".join(rows)}]}}'.encode()
    return body, Answer("data" if rows else "empty", len(rows), str(THOUSAND * total))


def origins(statistics: Statistics) -> tuple[str, ...]:
    return tuple(statistics.settings.re_export_origins)


def figures(statistics: Statistics, scope: Scope) -> Iterator[Figures]:
    """Yield the figures of one kind of trade within a box, every one rounded to thousands by itself."""
    [flow] = scope.flows or ()
    office, [reporter] = Office(statistics, SOURCE), scope.reporters or ()
    if flow == "import":
        yield from imports(office, reporter, scope)
        return
    exports = office.told(reporter, scope) if flow != RE_EXPORT else ()
    again = office.told(reporter, scope, RE_EXPORT) if flow != EXPORT else ()
    if flow == EXPORT:
        yield from (written(one, "", one.value, count(one)) for one in exports)
    elif flow == RE_EXPORT:
        for one in again:
            for origin, share in by_origin(statistics, one).items():
                yield written(one, origin, int(one.value * share), int(count(one) * share))
    else:
        for one, part in zip(exports, again, strict=True):
            yield written(one, "", one.value - part.value, count(one) - count(part))


def written(one: Told, origin: str, value: int, quantity: int) -> Figures:
    return one.partner, origin, one.code, one.month, (value + THOUSAND // 2) // THOUSAND, quantity


def count(one: Told) -> int:
    """Return the quantity in the code's own unit: pieces where they are counted, else kilograms."""
    return one.kilograms if one.unit in ("kg", "") else one.pieces


def by_origin(statistics: Statistics, one: Told) -> dict[str, float]:
    """Return the shares of the origins in a re-export; what misses an origin is of the first."""
    first, *others = statistics.settings.re_export_origins.items()
    chance = mixed(statistics.world.seed(SOURCE + " origin"), key(one.partner), key(one.code), key(one.month))
    found = {iso3: share for iso3, share in others if uniform(mixed(chance, key(iso3))) < 0.5}
    return {first[0]: 1.0 - sum(found.values())} | found


def imports(office: Office, reporter: str, scope: Scope) -> Iterator[Figures]:
    """Yield what comes in from the first of the origins: what will be re-exported of it, less the trader's margin."""
    settings = office.statistics.settings
    first, *others = settings.re_export_origins
    sold = Scope(scope.reporters, (WORLD,), None, scope.codes, scope.periods)
    for one in office.told(reporter, sold, RE_EXPORT) if first in (scope.partners or ()) else ():
        paid = one.value * settings.re_export_origins[first] * (1.0 - settings.re_export_margin)
        other = others[int(one.chance * len(others))]
        arrived = one._replace(partner=first)
        for origin, share in ((first, 1.0 - settings.other_origins), (other, settings.other_origins)):
            yield written(arrived, origin, int(paid * share), int(count(one) * share))
