"""Whole bodies of every source, as its stand-in or its hand export gives them, and the parsers that read them."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from offices import Office, small
from standin.comext import BASE, Comext, line, sdmx_csv, small_world
from standin.comtrade import Comtrade, scattered
from standin.ecb import Ecb
from standin.hongkong_censtatd import TradeIdds
from standin.japan_customs import EStat
from standin.korea_customs import Korea
from standin.server import StandIn
from standin.study import corridor, write_study
from standin.uk_hmrc import Ots
from standin.us_census import Census
from worlds import World

from chipflows.config import Config, load_config, months
from chipflows.raw.records import Answer, Request
from chipflows.raw.store import Store
from chipflows.sources import download, module_of, reader_of

KEY = "torture-key-1"

Accepted = tuple[Request, bytes, Answer]


@dataclass(frozen=True)
class Seed:
    """A whole body of a source; `asked` is the question it answers, none for a file that a person brings.

    A body is `closed` where its end can be told, so that one that was cut must never be read.
    """

    source: str
    body: bytes
    asked: Request | None = None
    name: str = "file.csv"
    is_closed: bool = False

    def parse(self, body: bytes, config: Config) -> list[Accepted]:
        """Return what the source's parser makes of a body: questions, bytes to store, and what they hold."""
        if self.asked is not None:
            return [(self.asked, body, module_of(self.source).check(self.asked, body))]
        opened: Any = io.BytesIO(body)
        return list(reader_of(self.source)(self.name, opened, config))


def seeds(folder: Path) -> Iterator[tuple[str, list[Seed]]]:
    """Yield every source with its whole bodies, answers and files."""
    yield "comtrade", asked_and_brought(comtrade(folder), "saved.json")
    yield "comtrade_web", [Seed("comtrade_web", web())]
    for source, make in MAKERS.items():
        yield (
            source,
            [*asked_and_brought(answers(folder / source, source, make), "saved"), *BROUGHT.get(source, list)()],
        )
    yield "china_gacc", [Seed("china_gacc", gacc(), name="gacc_export_2022_8542.csv")]
    yield "taiwan_customs", [Seed("taiwan_customs", taiwan())]
    yield "baci", [baci()]


CN8 = ("85423111", "85423211", "85423300")


def asked_and_brought(found: list[Seed], name: str) -> list[Seed]:
    """Return seeds as answers, and as files that a person saved."""
    return [*found, *(Seed(one.source, one.body, None, name, one.is_closed) for one in found)]


def stored(store: Store, source: str) -> list[Seed]:
    found = []
    for record in store.held(source):
        asked = Request(
            record.source, record.kind, tuple(record.parameters.items()), record.asked, record.corridor, "seed"
        )
        body = store.body(record)
        found.append(Seed(source, body, asked, is_closed=body.strip()[-1:] in (b"}", b"]", b">")))
    found.sort(key=lambda one: len(one.body))
    return [*found[:4], *found[4:][-1:]]  # short ones, and the fullest


def comtrade(folder: Path) -> list[Seed]:
    truth = scattered(["202101", "202102"], [156, 344], [643], ["854231", "854232", "8542"], ["X"], 1.0)
    paths = write_study(folder, [corridor("russia", ["*"], ["RUS"], ["export"])], "2021-01", "2021-02")
    with Comtrade(truth, keys={KEY: "free"}) as server:
        os.environ |= {"CHIPFLOWS_COMTRADE_URL": server.url, "CHIPFLOWS_COMTRADE_KEY": KEY}
        download.run(paths, load_config(paths.config))
    del os.environ["CHIPFLOWS_COMTRADE_URL"], os.environ["CHIPFLOWS_COMTRADE_KEY"]
    return stored(Store(paths.raw), "comtrade")


def answers(folder: Path, source: str, make: Callable[[], Any]) -> list[Seed]:
    office = Office(source, World(folder, CONFIGS.get(source, small)(source)))
    with make() as server:
        address = server.address + BASES.get(source, "")
        names = {f"CHIPFLOWS_{source.upper()}_URL": address, f"CHIPFLOWS_{source.upper()}_KEY": KEY}
        os.environ.update(names)
        office.download()
    for name in names:
        del os.environ[name]
    return stored(office.store, source)


def america() -> Census:
    from test_us_census import WORLD

    return Census(dict(WORLD), KEY)


def korea() -> Korea:
    from test_korea_customs import WORLD

    return Korea(dict(WORLD), KEY)


def britain() -> Ots:
    from test_uk_hmrc import ROWS

    return Ots(list(ROWS), codes={-854231: "854231"})


def japan() -> EStat:
    from test_japan_customs import TABLES, UNITS, WORLD

    return EStat(dict(WORLD), UNITS, KEY, TABLES)


def hong_kong() -> TradeIdds:
    from offices import NEW, OLD

    return TradeIdds(
        domestic={("RU", "HK", "854231", "202201"): (7, 70)},
        re_exports={("RU", "CN", "854231", "202201"): (2_000, 20), ("KG", "CN", "854142", "202202"): (11, 0)},
        imports={("CN", "CN", "854231", "202201"): (5_000, 50)},
        editions={**dict.fromkeys(OLD, ("2017", "2021")), **dict.fromkeys(NEW, ("2022", "2026"))},
    )


def eurostat() -> StandIn:
    return Comext(small_world(("DE", "FR", "GR"), ("RU", "KG", "XS"), ("854231", "854140"), SHORT))


def eu(source: str, **limits: float) -> Config:
    """Return the small study, asked of three members of the EU."""
    config = small(source, **limits)
    own = replace(config.sources[source], reporters=("DEU", "FRA", "GRC"))
    first = replace(config.project.corridors[0], reporters=("role:coalition",))
    return replace(config, sources=config.sources | {source: own}, project=replace(config.project, corridors=(first,)))


def ecb() -> StandIn:
    codes = {source.currency for source in small("fx").sources.values()} | {"USD"}
    return Ecb({(code, month): f"1.{number}" for number, code in enumerate(sorted(codes)) for month in SHORT})


def hkma() -> StandIn:
    from test_hkma import RATES, Hkma

    server = Hkma()
    server.rates = dict(RATES)
    return server


SHORT = months("2021-11", "2022-02")
MAKERS: dict[str, Callable[[], Any]] = {
    "us_census": america,
    "korea_customs": korea,
    "uk_hmrc": britain,
    "japan_customs": japan,
    "hongkong_censtatd": hong_kong,
    "eurostat_comext": eurostat,
    "fx": ecb,
    "hkma": hkma,
}
"""Stand-ins of the sources other than UN Comtrade."""

CONFIGS: dict[str, Callable[..., Config]] = {"eurostat_comext": eu}
BASES = {"eurostat_comext": BASE}


def exports() -> list[Seed]:
    lines = [line(("DE", "RU", code, "2", "2022-03"), "VALUE_IN_EUROS", "100") for code in CN8]
    return [Seed("eurostat_comext", sdmx_csv(lines))]


def web() -> bytes:
    from test_comtrade_web import ROW

    out = io.StringIO()
    writer = csv.DictWriter(out, list(ROW))
    writer.writeheader()
    writer.writerows([ROW, ROW | {"period": "202204"}])
    return out.getvalue().encode()


def rates() -> list[Seed]:
    from profiles import rates as monthly

    daily = b"Date,USD,CNY,\n2021-11-01,1.1,7.1,\n2021-11-02,1.2,N/A,\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", daily)
    return [
        Seed("fx", monthly().encode()),
        Seed("fx", daily),
        Seed("fx", packed.getvalue(), name="eurofxref-hist.zip", is_closed=True),
    ]


BROUGHT: dict[str, Callable[[], list[Seed]]] = {"eurostat_comext": exports, "fx": rates}
"""Files that a person brings and that are no saved answers."""


def gacc() -> bytes:
    from test_china_gacc import HEADER, row

    return (HEADER + row() + row(mode="39", value="400")).encode("gb18030")


def taiwan() -> bytes:
    from test_taiwan_customs import CHINESE, NOTES, chinese

    return (NOTES + CHINESE + chinese() + chinese("香港", "0", "0")).encode("cp950")


def baci() -> Seed:
    from test_baci import HEADER, NAME, ROWS, table

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for year, body in ROWS.items():
            archive.writestr(table(year), HEADER + body)
    return Seed("baci", packed.getvalue(), name=NAME, is_closed=True)
