"""What is traded in the synthetic world: one good for every code of the newest edition, with the code it had before."""

from __future__ import annotations

from dataclasses import dataclass

from chipflows.config import Config, HsCode
from chipflows.demo.settings import Settings


@dataclass(frozen=True)
class Good:
    """One kind of thing; `codes` are the codes it is reported under, by edition (none: not reported separately)."""

    name: str
    kind: str
    unit: str
    codes: dict[str, str]

    @property
    def heading(self) -> str:
        return self.name[:4]


@dataclass(frozen=True)
class Line:
    """One code of an edition as reporters write it: the sum of some goods, given by their places."""

    code: str
    unit: str
    title: str
    goods: tuple[int, ...]


def goods_of(config: Config, settings: Settings) -> tuple[Good, ...]:
    """Return the goods behind the requested six-digit codes; an old code that was divided is several goods."""
    editions = own_editions(config)
    old, new = editions[0], editions[-1]
    listed = {(one.hs6, one.hs_edition): one for one in config.hs_codes if one.is_requested and not one.is_heading}
    found = []
    for family in config.families:
        before = sorted(code for code, edition in family.members if edition == old and (code, edition) in listed)
        after = sorted(code for code, edition in family.members if edition == new and (code, edition) in listed)
        for code in after:
            was = code if code in before else before[0] if before else ""
            codes = {new: code} | ({old: was} if was else {})
            found.append(Good(code, kind_of(listed[code, new], settings), listed[code, new].unit, codes))
        followed = {good.codes.get(old) for good in found}
        for code in before:
            if code not in followed:
                found.append(Good(code, kind_of(listed[code, old], settings), listed[code, old].unit, {old: code}))
    return tuple(sorted(found, key=lambda good: good.name))


def lines_of(config: Config, goods: tuple[Good, ...]) -> dict[str, tuple[Line, ...]]:
    """Return the codes of every edition, headings among them, sorted; editions that share codes share the lines."""
    lines: dict[str, tuple[Line, ...]] = {}
    for edition in own_editions(config):
        rows = {one.hs6: one for one in config.hs_codes if one.hs_edition == edition and one.is_requested}
        codes = [good.codes.get(edition, "") for good in goods]
        lines[edition] = tuple(
            Line(code, row.unit, row.title, tuple(place for place, own in enumerate(codes) if own.startswith(code)))
            for code, row in sorted(rows.items())
        )
    shared = {one.id: one.codes_as for one in config.project.hs_editions if one.codes_as}
    return lines | {edition: lines[owner] for edition, owner in shared.items()}


def own_editions(config: Config) -> list[str]:
    """Return the editions that have codes of their own, oldest first."""
    own = [one for one in config.project.hs_editions if one.codes_as in ("", one.id)]
    return [one.id for one in sorted(own, key=lambda one: one.in_force)]


def kind_of(code: HsCode, settings: Settings) -> str:
    """Return `ic`, `controlled` or `other`: what export controls mean for a code."""
    if code.hs6[:4] in settings.ic_headings:
        return "ic"
    return "controlled" if code.tier or code.hs6[:4] in settings.controlled_headings else "other"
