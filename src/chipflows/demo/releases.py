"""What the synthetic reporters have released when, in the form of UN Comtrade's availability lists (getDA)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from chipflows.demo.chance import key, mixed, uniform
from chipflows.demo.comtrade_text import Writer, compact
from chipflows.demo.published import Statistics

LAG, SPREAD = 30, 28
"""Days after a month until the first release: at least, and how much longer at most."""

REVISED = 0.3
"""Share of months that were released once more, up to two years later."""

CLOCK = "T09:30:00.1266667"
EXTENSIONS = ("FlowCode", "PartnerCode", "Partner2Code", "CmdCode", "CustomsCode", "MotCode")


def releases(statistics: Statistics, periods: Sequence[str]) -> list[str]:
    """Return the JSON rows for some months: one for every reporter that has published the month."""
    world, writer = statistics.world, Writer(statistics)
    known = {*world.exporters, *statistics.settings.silent_reporters}
    rows = []
    for reporter in (one for one in world.config.economies if one in known):
        silent, edition = world.silent(reporter), statistics.edition(reporter)
        for at, month in enumerate(statistics.months):
            if month in periods and not silent[at]:
                rows.append(release(statistics, writer, reporter, month, edition[at]))
    return rows


def release(statistics: Statistics, writer: Writer, reporter: str, month: str, edition: str) -> str:
    """Return one row of the list."""
    chance = mixed(key(statistics.settings.seed, "release"), key(reporter), key(month))
    first, last = released(statistics, reporter, month)
    iso, name = writer.name(reporter)
    number, period = writer.code(reporter), month.replace("-", "")
    place = list(statistics.lines).index(edition)
    columns = {
        "datasetCode": int(f"2{number:04}{period}{16 + 2 * place}2100"),
        "typeCode": "C",
        "freqCode": "M",
        "period": int(period),
        "reporterCode": number,
        "reporterISO": iso,
        "reporterDesc": name,
        "classificationCode": edition,
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        **{f"isExtended{what}": False for what in EXTENSIONS},
        "totalRecords": 20_000 + int(chance) % 180_000,
        "datasetChecksum": int(chance) % 2**32 - 2**31,
        "firstReleased": f"{first}{CLOCK}",
        "lastReleased": f"{last}{CLOCK}",
    }
    return compact(columns)


def released(statistics: Statistics, reporter: str, month: str) -> tuple[date, date]:
    """Return the days of a month's first and last release; both lie before the demo's answers were received."""
    settings = statistics.settings
    lag, again, later = (
        float(uniform(mixed(key(settings.seed, purpose), key(reporter), key(month))))
        for purpose in ("lag", "again", "later")
    )
    ended = date(int(month[:4]) + int(month[5:]) // 12, int(month[5:]) % 12 + 1, 1)
    first = ended + timedelta(days=LAG + int(SPREAD * lag))
    last = first + timedelta(days=int(730 * later)) if again < REVISED else first
    latest = settings.retrieved - timedelta(days=2)
    return min(first, latest), min(last, latest)
