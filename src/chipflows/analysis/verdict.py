"""The verdict, computed: five criteria for each period and supplier, what it made up, and the words. (methods C.6)

"End-run" is supported if all five criteria are met: what was sold to Russia fell when the controls came, the
supplier sold it more than it sold others, more of the listed goods than of other goods, after the fall, and
directly or through third countries. What was looked for and is not sure (an interval that holds 0) is not met, so
that "not supported" says that the figures do not show it, not that it did not happen. "Compensated" needs a backfill
ratio in volume whose interval includes or exceeds 1. Without data the verdict is "can't say", whatever the
other criteria say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from chipflows.analysis.wording import listed, usd

MET, NOT_MET, OPEN = "met", "not met", "open"
SUPPORTED, NOT_SUPPORTED, CANNOT_SAY = "supported", "not supported", "can't say"
COMPENSATED, MAYBE_COMPENSATED, NOT_COMPENSATED = "compensated", "full compensation not ruled out", "not compensated"


@dataclass(frozen=True)
class Measure:
    """A number with its 95% interval, NaN where there is none; `missing` says for want of what, "" if it was looked
    for.
    """

    estimate: float = float("nan")
    lo: float = float("nan")
    hi: float = float("nan")
    missing: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is a number."""
        return bool(np.isfinite(self.estimate))


@dataclass(frozen=True)
class Criterion:
    """One test: title, unit, words for its number, the side of 0 its whole interval must lie on (`sign`), and what
    would falsify it.
    """

    title: str
    unit: str
    words: str
    sign: int
    falsified_by: str

    def state(self, measure: Measure) -> str:
        """Met, not met, or open where data are missing; what was looked for and not seen is not met."""
        if not measure.is_known:
            return OPEN if measure.missing else NOT_MET
        edge = measure.lo if self.sign > 0 else -measure.hi
        return MET if edge > 0 else NOT_MET

    def told(self, measure: Measure) -> str:
        """The criterion in words, from its number."""
        if measure.is_known:
            return self.words.format(with_interval(measure, self.unit))
        title = f"{self.title[:1].lower()}{self.title[1:]}"
        return f"no data for {measure.missing}" if measure.missing else f"not seen: {title}"

    def falsified(self, measure: Measure) -> str:
        """What would falsify it, beside the number it has now."""
        now = f" (now {with_interval(measure, self.unit)})" if measure.is_known else ""
        return f"{self.falsified_by}{now}"


CRITERIA = {
    "fall": Criterion(
        "The coalition's sales broke downwards when the controls came",
        "%",
        "the coalition's sales changed by {} when the controls came",
        -1,
        "a step whose interval reaches 0% or more",
    ),
    "beyond": Criterion(
        "It sold more to the destination than its sales of the same goods elsewhere foretell",
        "USD a month",
        "its sales there differed by {} a month from what its sales elsewhere foretell",
        1,
        "sales there growing no more than sales of the same goods elsewhere: an interval that reaches 0 or less",
    ),
    "listed": Criterion(
        "Listed goods rose more than other goods",
        "%",
        "listed goods changed by {} against other goods, product by product",
        1,
        "other goods rising as much as listed ones: a triple difference whose interval reaches 0% or less",
    ),
    "timing": Criterion(
        "Listed goods rose after the fall, not before",
        "%",
        "against the year before the fall listed goods changed by {} beside other goods",
        1,
        "a rise that was there before: a triple difference with the year before the fall that reaches 0% or less",
    ),
    "route": Criterion(
        "The goods came directly or through third countries",
        "USD a month",
        "direct sales, or those matched through a third country, rose by {} a month",
        1,
        "neither direct sales nor the matched excess of a third country surely above 0",
    ),
}
"""Criteria of methods C.6 by id, in the order of the rubric."""


def judge(measures: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables: the criteria, and the verdict of each period and supplier.

    `measures` has one row by period, supplier and criterion (the ids of `CRITERIA`, and `value` and `volume` for
    the backfill ratios): `period`, `supplier`, `criterion`, `estimate`, `lo`, `hi` (in the criterion's unit) and
    `missing`. A criterion without a row is open. Criteria: period, supplier, criterion, `title`, `unit`, estimate,
    lo, hi, missing, `state`, `words`, `falsified_by`. Verdicts: period, supplier, `verdict`, `value` and `volume` (the
    shares of the loss made up, with their intervals, in words), `compensation`, `sentence`, `falsified_by`. Source:
    methods C.6.
    """
    criteria, verdicts = [], []
    for (period, supplier), rows in measures.groupby(["period", "supplier"], sort=False):
        known = {
            str(name): Measure(float(estimate), float(lo), float(hi), str(missing))
            for name, estimate, lo, hi, missing in rows[["criterion", "estimate", "lo", "hi", "missing"]].to_numpy()
        }
        weighed = {name: known.get(name, Measure(missing="this measure")) for name in CRITERIA}
        keys = {"period": str(period), "supplier": str(supplier)}
        for name, found in weighed.items():
            rule = CRITERIA[name]
            told = {"state": rule.state(found), "words": rule.told(found), "falsified_by": rule.falsified(found)}
            criteria.append(
                {**keys, "criterion": name, "title": rule.title, "unit": rule.unit, **asdict(found), **told}
            )
        ratios = {name: known.get(name, Measure()) for name in ("value", "volume")}
        made_up = {name: compensation(ratio, name) for name, ratio in ratios.items()}
        shares = {name: share_made_up(ratio) for name, ratio in ratios.items()}
        verdicts.append({**keys, **shares, **_verdict(str(supplier), weighed, made_up)})
    return pd.DataFrame(criteria), pd.DataFrame(verdicts)


def _verdict(supplier: str, weighed: Mapping[str, Measure], made_up: Mapping[str, str]) -> dict[str, str]:
    """Verdict, compensation and sentence of one period and supplier."""
    states = {name: CRITERIA[name].state(found) for name, found in weighed.items()}
    if OPEN in states.values():
        missing = listed(dict.fromkeys(weighed[name].missing for name, state in states.items() if state == OPEN))
        told = {"sentence": f"Can't say: no data for {missing}.", "falsified_by": f"Needs data for {missing}."}
        return {"verdict": CANNOT_SAY, "compensation": "", **told}
    failed = [name for name, state in states.items() if state == NOT_MET]
    verdict, shown = (NOT_SUPPORTED, failed) if failed else (SUPPORTED, list(CRITERIA))
    words = [CRITERIA[name].told(weighed[name]) for name in shown] + [text for text in made_up.values() if text]
    lead = "Would turn if none of these were so any longer" if failed else "Would be overturned by any of these"
    falsified = "; ".join(CRITERIA[name].falsified(weighed[name]) for name in shown)
    sentence = f"{supplier}: {verdict}: {'; '.join(words)}."
    return {
        "verdict": verdict,
        "compensation": made_up["volume"],
        "sentence": sentence,
        "falsified_by": f"{lead}: {falsified}.",
    }


def compensation(ratio: Measure, measure: str) -> str:
    """What a backfill ratio says in words, in volume also whether the loss was compensated; empty without a number."""
    if not ratio.is_known:
        return ""
    share = f"{share_made_up(ratio)} of the loss made up in {measure}"
    if measure != "volume" or np.isnan(ratio.lo):
        return share
    return f"{share}: {NOT_COMPENSATED if ratio.hi < 1 else COMPENSATED if ratio.lo >= 1 else MAYBE_COMPENSATED}"


def share_made_up(ratio: Measure) -> str:
    """A backfill ratio in per cent with its interval, 86% (33% to 160%); empty without a number."""
    if not ratio.is_known:
        return ""
    return with_interval(Measure(100 * ratio.estimate, 100 * ratio.lo, 100 * ratio.hi), "%", signed=False)


def with_interval(measure: Measure, unit: str, signed: bool = True) -> str:
    """A number with its unit and interval, as prose writes it: −83% (−88% to −75%)."""

    def text(value: float) -> str:
        if unit.startswith("USD"):
            return usd(value)
        digits = f"{value:{'+' if signed and unit == '%' else ''},.0f}".replace("-", "−")
        return f"{digits}%" if unit == "%" else digits

    known = np.isfinite([measure.lo, measure.hi]).all()
    ends = f"{text(measure.lo)} to {text(measure.hi)}" if known else "interval undefined"
    return f"{text(measure.estimate)} ({ends})"
