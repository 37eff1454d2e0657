"""The ECB's answers about the synthetic world: monthly averages as `csvdata`."""

from __future__ import annotations

from collections.abc import Sequence

from chipflows.demo.chance import key, keys, mixed, normal
from chipflows.demo.settings import Settings
from chipflows.demo.world import curve
from chipflows.errors import UsageError
from chipflows.raw.records import Answer, Request

HEADER = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"
SCATTER = 0.004


def rates(settings: Settings, currency: str, months: Sequence[str]) -> list[str]:
    """Return units of a currency per euro by month, as written; raises `UsageError` for one that has no rates."""
    if currency not in settings.rates:
        raise UsageError(f"the demo has no rates of {currency}: add a line to config/demo.toml, [rates]")
    chance = normal(mixed(key(settings.seed, "rate"), key(currency), keys(months)))
    values = curve(settings.rates[currency], months) * (1.0 + SCATTER * chance)
    return [f"{value:.4f}" for value in values.tolist()]


def answer(settings: Settings, request: Request) -> tuple[bytes, Answer]:
    """Return the body for a request of the source `fx`, and what its check will find."""
    lines = [HEADER]
    months = request.scope.periods or ()
    for currency in request.scope.codes or ():
        start = f"EXR.M.{currency}.EUR.SP00.A,M,{currency},EUR,SP00,A"
        written = zip(months, rates(settings, currency, months), strict=True)
        lines += [f"{start},{month},{rate}" for month, rate in written]
    return "".join(f"{line}\r\n" for line in lines).encode(), Answer("data", len(lines) - 1)
