"""The ten forms of figure: each takes a DataFrame and the words around it, and returns a `FigureBlock`.

Every form takes, beside its own arguments, those of `finish`: `name` (file name), `title`, `title_neutral`, `holds`,
`subtitle`, `unit`, `source` (default: `df.attrs["source"]`), `note`, `alt` (default: the form's template, filled from
the data), `number`, `level` (heading level of the title), `method` (heading of docs/methods.md).
"""

from chipflows.figures.charts.backfill import backfill_bars
from chipflows.figures.charts.coverage import coverage_grid
from chipflows.figures.charts.dumbbells import dumbbell
from chipflows.figures.charts.lines import monthly_lines
from chipflows.figures.charts.panels import small_multiples
from chipflows.figures.charts.published import published_against_ours
from chipflows.figures.charts.rerouting import rerouting_pairs
from chipflows.figures.charts.specification import specification_curve
from chipflows.figures.charts.strips import markup_strips
from chipflows.figures.charts.study import event_study

__all__ = [
    "backfill_bars",
    "coverage_grid",
    "dumbbell",
    "event_study",
    "markup_strips",
    "monthly_lines",
    "published_against_ours",
    "rerouting_pairs",
    "small_multiples",
    "specification_curve",
]
