"""The pandas pipeline a careful analyst would write: JSON to frames, totals only, codes to families, sums, Parquet."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd

from chipflows.config import Config


def family_flows(raw: Path, config: Config, target: Path) -> pd.DataFrame:
    """Return monthly USD by reporter, partner, flow and family from every Comtrade body below `raw`; writes `target`.

    Money is summed as thousandths in whole numbers, so that the result can be compared exactly.
    """
    frames = []
    for record in sorted((raw / "comtrade").glob("*.json")):
        body = json.loads(gzip.decompress(record.with_suffix(".gz").read_bytes()), parse_float=Decimal)
        frames.append(pd.DataFrame(body["data"]))
    rows = pd.concat(frames, ignore_index=True)
    rows = rows[(rows["partner2Code"] == 0) & (rows["customsCode"] == "C00") & (rows["motCode"] == 0)]
    rows = rows.drop_duplicates(["period", "reporterCode", "flowCode", "partnerCode", "cmdCode"])
    members = pd.DataFrame(
        [(hs6, edition, one.family) for one in config.families for hs6, edition in one.members],
        columns=["cmdCode", "classificationCode", "family"],
    )
    economies = pd.Series({int(code): iso3 for code, iso3 in config.economies_by_code("comtrade").items()})
    rows = rows.merge(members, on=["cmdCode", "classificationCode"], how="inner")
    rows["reporter"] = rows["reporterCode"].map(economies)
    rows["partner"] = rows["partnerCode"].map(economies)
    rows["flow"] = rows["flowCode"].map(config.sources["comtrade"].flows)
    rows["period"] = pd.to_datetime(rows["period"], format="%Y%m")
    rows["thousandths"] = (rows["primaryValue"] * 1000).astype("int64")
    key = ["reporter", "partner", "flow", "family", "period"]
    found = rows.groupby(key, as_index=False)["thousandths"].sum().sort_values(key, ignore_index=True)
    found.to_parquet(target)
    return found
