"""Charts for a person's own questions: words and events are filled in from the data; the house forms draw."""

from __future__ import annotations

from typing import Any

import pandas as pd

from chipflows import words
from chipflows.figures import charts
from chipflows.figures.block import FigureBlock
from chipflows.warehouse.connect import table


def lines(df: pd.DataFrame, title: str = "", **given: Any) -> FigureBlock:
    """Return one line per `group` of a frame of `flows()`, by month, with the events of the configuration.

    `given` may hold anything else that `charts.monthly_lines` takes. Raises ValueError for more than four groups.
    """
    said = title or words.EXPORTS_OF.format(goods=several(df, "goods"), destination=several(df, "destination"))
    around = {
        "name": "explored-lines",
        "title": said,
        "title_neutral": said,
        "holds": True,
        "subtitle": words.AS_SENT,
        "unit": words.USD_A_MONTH,
        "events": table("ref.events"),
    }
    return charts.monthly_lines(df, **(around | given))


def several(df: pd.DataFrame, column: str) -> str:
    return f" {words.AND} ".join(dict.fromkeys(df[column]))
