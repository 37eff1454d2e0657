"""A reporter's month as it was before its source revised it: the first vintage of a revision that settings name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from chipflows.demo.published import Statistics
from chipflows.demo.rows import Rows
from chipflows.demo.settings import Revision


def before(statistics: Statistics, rows: Rows, revision: Revision) -> Rows:
    """Return rows as of the vintage before: in the month other values, one row not yet there, and one withdrawn since.

    Headings that are sent as control totals follow their rows; so the two odd rows are of goods without such a heading.
    None was withdrawn where a reporter sells all goods.
    """
    month = rows.at == statistics.months.index(revision.period)
    if not month.any():
        return rows
    lines = statistics.lines[statistics.editions[int(rows.edition[month][0])]]
    headings, sent = {line.code for line in lines if len(line.code) == 4}, set(rows.line[month].tolist())
    free = [at for at, line in enumerate(lines) if line.code[:4] not in headings]
    withdrawn = [at for at in free if at not in sent][:1]
    unknown_then = max(at for at in free if at in sent)
    factor = np.where(month, revision.factor, 1.0)
    then = replace(rows, cents=np.floor(rows.cents * factor + 0.5).astype(np.int64))
    more = then.where(np.flatnonzero(month)[: len(withdrawn)])
    more = replace(more, line=np.array(withdrawn, dtype=np.intp))
    return then.where(~(month & (rows.line == unknown_then))).joined(more)
