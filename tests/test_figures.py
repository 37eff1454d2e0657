"""Figures: what is refused, what is escaped, what is drawn the same twice; months, gaps, labels, colours."""

from __future__ import annotations

import base64
import inspect
import io
import itertools
import json
import re
import warnings
import xml.etree.ElementTree as ET
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from figure_frames import (
    BASELINES,
    CROWDED,
    EVENTS,
    FORMS,
    GOODS,
    SOURCE,
    STRAINED,
    around,
    bells,
    grid,
    lines,
    made,
    panels,
    study,
)

from chipflows.figures import annotate, charts, finish, numbers, theme
from chipflows.figures import events as dated
from chipflows.figures.block import MIME, FigureBlock
from chipflows.figures.months import gaps, month_points, span_text
from chipflows.figures.scale import Scale, log_range, log_ticks, ticks_from_zero
from chipflows.figures.source import Source

HOSTILE = "</text><script>window.harmed=1</script> \"quoted\" & 'so' $a$ and $b$ \x07"


def monthly(df: pd.DataFrame | None = None, **changed: Any) -> FigureBlock:
    words = around("lines", "USD million a month") | changed
    return charts.monthly_lines(lines("2020-01", "2024-12") if df is None else df, events=EVENTS, **words)


def hostile_block() -> FigureBlock:
    df = lines("2020-01", "2022-12")
    df["group"] = df["group"].replace("China", HOSTILE)
    words = {
        "title": HOSTILE,
        "subtitle": HOSTILE,
        "note": HOSTILE,
        "source": SOURCE | {"publisher": HOSTILE, "trace": HOSTILE},
    }
    return monthly(df, **words)


@pytest.fixture(scope="module", params=list(FORMS))
def block(request: pytest.FixtureRequest) -> FigureBlock:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return made(request.param)


# what every form gives


def test_each_drawing_is_one_labelled_image_with_real_text(block: FigureBlock) -> None:
    for svg in (block.svg_wide, block.svg_narrow, block.svg):
        root = ET.fromstring(svg)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == block.alt
        assert len(root.findall(".//{*}text")) > 5
    assert block.html.count("<svg") == 2


def test_each_drawing_names_its_own_ids_and_nothing_outside(block: FigureBlock) -> None:
    for svg, name in ((block.svg_wide, f"{block.name}-wide-"), (block.svg_narrow, f"{block.name}-narrow-")):
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert all(one.startswith(name) for one in ids)
        assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg)) <= {(i, "") for i in ids} | {
            ("", i) for i in ids
        }
        assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_colours_are_tokens_in_pages_and_plain_in_downloads(block: FigureBlock) -> None:
    for svg in (block.svg_wide, block.svg_narrow):
        assert not re.search(r'"#[0-9A-Fa-f]{6}"', svg)
        for token, colour in re.findall(r"var\(--(\w+), (#[0-9A-F]{6})\)", svg):
            assert theme.LIGHT[token] == colour
        assert "style=" not in svg
        assert "<style" not in svg
    assert "var(" not in block.svg


def test_letters_are_never_smaller_than_twelve(block: FigureBlock) -> None:
    for svg in (block.svg_wide, block.svg_narrow):
        assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)) >= 12


def test_what_is_cut_out_of_its_page_still_says_what_it_is(block: FigureBlock) -> None:
    shown = " ".join(text.text or "" for text in ET.fromstring(block.svg).findall(".//{*}text"))
    for words in ("MADE-UP DATA", "Figure 3", "A finding with a verb", block.source, "as received 14 Oct 2025"):
        assert words in shown
    assert block.png[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(block.png) < 150_000


def test_the_alternative_is_short_and_not_the_title(block: FigureBlock) -> None:
    assert 60 < len(block.alt) <= 320
    assert block.title not in block.alt


def test_the_csv_is_the_frame(block: FigureBlock) -> None:
    frame = pd.read_csv(io.StringIO(block.csv))
    assert len(frame) > 3
    assert block.csv.count("\r") == 0


def test_the_bundle_is_json(block: FigureBlock) -> None:
    bundle = json.loads(json.dumps(block._repr_mimebundle_()))
    assert bundle["text/html"] == block.html
    assert base64.b64decode(bundle[MIME]["png"]) == block.png
    assert {"name", "title", "csv", "svg", "svg_wide", "svg_narrow", "alt", "source"} <= set(bundle[MIME])


@pytest.mark.parametrize("name", [*FORMS, *STRAINED])
def test_the_same_frame_gives_the_same_bytes(name: str) -> None:
    make = (FORMS | STRAINED)[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", finish.TextTooLong)
        assert make() == made(name)


def test_a_readers_own_settings_of_matplotlib_change_nothing() -> None:
    mine = {
        "lines.linewidth": 9,
        "font.family": "serif",
        "savefig.bbox": "tight",
        "axes.facecolor": "red",
        "text.usetex": True,
    }
    with matplotlib.rc_context(mine):
        assert FORMS["lines"]() == made("lines")
        assert matplotlib.rcParams["lines.linewidth"] == 9


@pytest.mark.parametrize("form", charts.__all__)
def test_every_form_refuses_a_frame_without_its_columns_and_says_which(form: str) -> None:
    with pytest.raises(ValueError, match=f"{form}: the frame has no column .*it has nothing_known"):
        getattr(charts, form)(pd.DataFrame({"nothing_known": [1]}))


# finish


@pytest.mark.parametrize("missing", ["title", "title_neutral", "subtitle", "unit", "alt"])
def test_a_figure_without_its_words_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=f"figure lines: {missing} missing"):
        monthly(**{missing: " "})


@pytest.mark.parametrize("missing", ["publisher", "vintage", "basis"])
def test_a_figure_without_its_source_is_refused(missing: str) -> None:
    with pytest.raises(ValueError, match=f"source: {missing} missing"):
        monthly(source=SOURCE | {missing: ""})


def test_a_source_is_made_from_data_not_typed() -> None:
    with pytest.raises(ValueError, match="source missing"):
        monthly(source=None)
    with pytest.raises(ValueError, match="source missing"):
        monthly(source="Customs")
    with pytest.raises(ValueError, match="unknown editor"):
        monthly(source=SOURCE | {"editor": "me"})
    df = lines()
    df.attrs["source"] = SOURCE
    assert monthly(df, source=None).source == Source(**SOURCE).line  # type: ignore[arg-type]


def test_a_title_that_no_longer_holds_is_replaced_with_a_warning() -> None:
    with pytest.warns(finish.TitleNoLongerHolds, match="no longer bear out"):
        block = monthly(holds=np.False_)
    assert block.title == "What the figure measures"
    assert not block.holds
    assert "A finding" not in block.html + block.svg


def test_words_that_are_too_long_are_warned_of() -> None:
    with pytest.warns(finish.TextTooLong, match="title has 91 characters, more than 90"):
        monthly(title="x" * 91)


def test_real_data_carry_no_badge() -> None:
    block = monthly(source=SOURCE | {"is_synthetic": False})
    assert "MADE-UP" not in block.html + block.svg


def test_the_unit_is_bold_even_if_the_subtitle_forgets_it() -> None:
    assert "<strong>USD million a month</strong>" in monthly(subtitle="Exports").html


def test_words_from_data_are_shown_as_words() -> None:
    block = hostile_block()
    assert "<script" not in block.html + block.svg + block.svg_wide
    assert "$a$ and $b$" in block.svg_wide.replace("</text>", "")
    for svg in (block.svg_wide, block.svg_narrow, block.svg):
        assert "\x07" not in svg
        ET.fromstring(svg)


def test_lines_can_be_read_as_a_table_of_yearly_means() -> None:
    df = lines("2020-01", "2021-12")[["group", "period", "value_usd"]]
    df["value_usd"] = df["period"].dt.month * 1e6
    df.loc[(df["group"] == "China") & (df["period"].dt.year == 2021), "value_usd"] = None
    html = monthly(df).html
    assert '<th scope="row">2020</th><td class="cf-number">6.5</td>' in html
    assert '<th scope="row">2021</th><td class="cf-number">[x]</td>' in html
    assert "[x] not published" in html


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    df = lines("2020-01", "2022-12")
    df["group"] = df["group"].replace("China", '=HYPERLINK("x")')
    df["value_usd"] = -df["value_usd"]
    block = monthly(df)
    assert '\n"\'=HYPERLINK(""x"")",' in block.csv
    assert ",-" in block.csv
    assert "'-" not in block.csv


# months, gaps, events


def frame_of(values: list[float | None], first: str = "2021-11") -> pd.DataFrame:
    at = pd.period_range(first, periods=len(values), freq="M").to_timestamp()
    return pd.DataFrame({"group": "A", "period": at, "value": values})


def test_january_and_february_are_one_point_their_mean_on_the_last_of_january() -> None:
    points = month_points(frame_of([1, 2, 10, 20, 5]), "group", ["value"])
    assert points["value"].tolist() == [1, 2, 15, 5]
    assert pd.Timestamp.fromordinal(int(points["at"][2])) == pd.Timestamp("2022-01-31")
    assert pd.Timestamp.fromordinal(int(points["at"][0])) == pd.Timestamp("2021-11-16")


def test_half_a_pair_and_a_month_without_a_row_are_null_not_filled() -> None:
    assert month_points(frame_of([1, 2, 10, None, 5]), "group", ["value"])["value"].isna().tolist() == [
        False,
        False,
        True,
        False,
    ]
    hole = month_points(frame_of([1, 2, 3, 4, 5, 6]).drop(index=1), "group", ["value"])
    assert hole["value"].isna().tolist() == [False, True, False, False, False]
    assert month_points(frame_of([1, 2, 10]), "group", ["value"])["value"].isna().tolist() == [False, False, True]


def test_two_rows_for_a_month_are_refused() -> None:
    with pytest.raises(ValueError, match="two rows for 'A' in 2021-11"):
        month_points(pd.concat([frame_of([1]), frame_of([2])]), "group", ["value"])


def test_gaps_are_between_values_unless_the_ends_are_asked_for() -> None:
    values = pd.Series([None, 1, None, None, 2, None], dtype=float)
    assert gaps(values) == [(2, 3)]
    assert gaps(values, edges=True) == [(0, 0), (2, 3), (5, 5)]


def test_spans_of_months_in_words() -> None:
    day = pd.Timestamp.toordinal
    assert span_text(day(pd.Timestamp("2023-01-01")), day(pd.Timestamp("2023-04-01"))) == "Jan–Mar 2023"
    assert span_text(day(pd.Timestamp("2022-11-01")), day(pd.Timestamp("2023-03-01"))) == "Nov 2022–Feb 2023"
    assert span_text(day(pd.Timestamp("2023-01-01")), day(pd.Timestamp("2023-02-01"))) == "Jan 2023"


def test_missing_months_break_the_line_are_hatched_and_named() -> None:
    block = monthly()
    assert "Hatched, not published: Hong Kong Jan–Mar 2023; all lines Dec 2024." in block.html
    assert "not yet" in block.svg_wide
    assert "Months are missing for Hong Kong" in block.alt
    whole = lines("2020-01", "2024-12")
    whole = whole[whole["is_published"]].drop(columns="is_published")
    whole = whole[whole["group"] != "Hong Kong"]
    assert "Hatched" not in monthly(whole).html


def test_null_is_not_zero() -> None:
    null, zero = lines("2020-01", "2024-12"), lines("2020-01", "2024-12")
    zero["value_usd"], zero["is_published"] = zero["value_usd"].fillna(0), True
    assert monthly(null).svg_wide != monthly(zero).svg_wide
    assert "Hatched" not in monthly(zero).html


def test_a_group_without_any_month_is_named_not_dropped() -> None:
    df = lines("2020-01", "2024-12")
    df.loc[df["group"] == "Hong Kong", "value_usd"] = np.nan
    assert "No month published: Hong Kong" in monthly(df).html


def test_more_than_four_lines_are_refused() -> None:
    df = pd.concat([lines("2020-01", "2020-12").assign(group=name, lo=np.nan, hi=np.nan) for name in "ABCDE"])
    df = df.drop_duplicates(["group", "period"])
    with pytest.raises(ValueError, match="one to four lines, here are 5; for more use small_multiples"):
        monthly(df)


def test_the_end_label_says_where_a_line_stops_before_the_others() -> None:
    df = lines("2020-01", "2024-12")
    df.loc[(df["group"] == "Coalition") & (df["period"] > "2022-02-01"), "value_usd"] = np.nan
    assert "to Feb 2022" in monthly(df).svg_wide


def days(events: pd.DataFrame) -> list[str]:
    return [
        f"{e.day:%Y-%m-%d}" for e in dated.read_events(events, pd.Timestamp("2017-01-01"), pd.Timestamp("2026-01-01"))
    ]


def test_only_verified_events_are_drawn_and_of_many_the_defaults() -> None:
    assert len(days(EVENTS)) == 5
    assert len(days(EVENTS.assign(status="to_verify"))) == 0
    many = pd.concat([EVENTS, CROWDED.assign(is_default="false")])
    assert days(many) == days(EVENTS)
    with pytest.raises(ValueError, match="at most 5"):
        days(pd.concat([EVENTS, CROWDED.assign(is_default="true")]))


def test_events_outside_the_months_drawn_are_left_out() -> None:
    assert "19 May 2023" not in monthly(lines("2020-01", "2022-12")).html


@pytest.mark.parametrize("seed", range(20))
def test_no_event_line_crosses_a_label(seed: int) -> None:
    draw = np.random.default_rng(seed)
    xs = sorted(draw.uniform(30, 600, 5).tolist())
    events = [
        dated.Event(pd.Timestamp("2022-01-01"), "24 Feb 2022: " + "word " * int(draw.integers(1, 7)), "") for _ in xs
    ]
    stairs = dated.staircase(events, xs, 720, 100)
    from chipflows.figures.measure import text_width

    for i, (x, bottom, top, texts) in enumerate(zip(xs, stairs.bottoms, stairs.tops, stairs.texts, strict=True)):
        end = x + 5 + max(text_width(line, theme.SMALL) for line in texts)
        for other, other_top in zip(xs[i + 1 :], stairs.tops[i + 1 :], strict=True):
            assert not (x < other < end and other_top > bottom)
        assert top - bottom == 17 * len(texts)


@pytest.mark.parametrize("seed", range(20))
def test_end_labels_keep_apart_in_order_and_inside(seed: int) -> None:
    draw = np.random.default_rng(seed)
    wanted, heights = draw.uniform(0, 200, 4).tolist(), draw.choice([16.0, 32.0], 4).tolist()
    placed = annotate.spread(wanted, heights, 0, 220)
    order = np.argsort(wanted)
    for a, b in itertools.pairwise(order):
        assert placed[b] - placed[a] >= (heights[a] + heights[b]) / 2 - 1e-6
    assert all(h / 2 - 1e-6 <= p <= 220 - h / 2 + 1e-6 for p, h in zip(placed, heights, strict=True))
    assert annotate.spread([10, 100], [16, 16], 0, 200) == [10, 100]
    assert annotate.spread([50, 52], [16, 16], 0, 200) == [43, 59]


# forms


def test_dumbbell_words_for_bases_of_nothing() -> None:
    goods = [
        *GOODS[:2],
        ("Nothing before", "851712", 0.0, 3.0),
        ("Nothing after", "851713", 2.0, 0.0),
        ("Silent", "851714", np.nan, 2.0),
    ]
    block = charts.dumbbell(
        bells(goods), main_baseline="W2", after_title="2023", **around("bells", "USD million a month")
    )
    for words in (">new<", ">×0<", ">[x]<"):
        assert words in block.svg_wide
    assert "[x] not published" in block.html
    assert "[u] undefined" in block.html
    assert "2 have no amount on one side" in block.alt
    with pytest.raises(ValueError, match="no row has baseline 'W9'"):
        charts.dumbbell(bells(), main_baseline="W9", after_title="2023", **around("bells", "USD million a month"))


def test_dumbbell_shows_all_baselines_and_the_range() -> None:
    block = charts.dumbbell(bells(), main_baseline="W2", after_title="2023", **around("bells", "USD million a month"))
    assert all(title in block.html for _, title, _ in BASELINES)
    assert ">×7.5<" in block.svg_wide
    assert ">5.0–7.5<" in block.svg_wide
    assert "10 rose under every baseline, most Machining centres (×7.5). Chip tools fell to ×0.6." in block.alt


def test_panels_are_sorted_by_result_and_share_one_scale() -> None:
    block = charts.small_multiples(panels(), mark="2023-12", **around("panels", "index"))
    frame = pd.read_csv(io.StringIO(block.csv), dtype={"hs6": str})
    marked = frame[(frame["period"] == "2023-12-01") & (frame["group"] == "China + HK")].sort_values(
        "index", ascending=False
    )
    places = [block.svg_wide.index(f">{title}<") for title in marked["title"]]
    assert places == sorted(places)
    with pytest.raises(ValueError, match="one or two lines a panel, here are 3"):
        charts.small_multiples(pd.concat([panels(), panels().assign(group="third")]), **around("panels", "index"))


def test_coverage_counts_full_months_of_those_due_and_refuses_unknown_states() -> None:
    at = pd.date_range("2021-01-01", periods=4, freq="MS")
    states = ["published", "partial", "missing", "not_due"]
    df = pd.DataFrame({"reporter": "AAA", "role": "hub", "period": at, "state": states})
    assert ">33%<" in charts.coverage_grid(df, **around("grid", "% of months due")).svg_wide
    for column, word in (("state", "unclear"), ("role", "friend")):
        with pytest.raises(ValueError, match=f"{column} '{word}' is none of"):
            charts.coverage_grid(df.assign(**{column: word}), **around("grid", "% of months due"))


def test_coverage_names_what_it_was_not_asked_for_and_what_never_came() -> None:
    block = charts.coverage_grid(grid(), **around("grid", "% of months due"))
    assert "not asked for" in block.svg_wide
    assert block.alt.endswith("China, Hong Kong, EU-27, Japan and 4 others have gaps.")
    silent = grid().assign(role="focal", share_of_base=np.nan)
    silent.loc[silent["reporter"] != "R0", ["role", "share_of_base"]] = ["hub", 0.0002]
    block = charts.coverage_grid(silent, **around("grid", "% of months due"))
    assert ">[z]<" in block.svg_wide
    assert "[z] not applicable." in block.html
    assert ">&lt;0.1%<" in block.svg_wide


def test_event_study_has_one_reference_and_names_the_leads_that_move() -> None:
    block = charts.event_study(study(), month_zero="March 2022", **around("study", "% difference"))
    assert ">reference<" in block.svg_wide
    assert ">stockpiling<" in block.svg_wide
    with pytest.raises(ValueError, match="exactly one row must be the reference"):
        charts.event_study(
            study().assign(is_reference=False), month_zero="March 2022", **around("study", "% difference")
        )


# scales, numbers, colours


@pytest.mark.parametrize("highest", [0.003, 0.9, 1, 7, 12, 99, 100, 101, 640, 23456])
def test_ticks_are_round_few_and_reach_the_top(highest: float) -> None:
    ticks = ticks_from_zero(highest)
    assert 3 <= len(ticks) <= 6
    assert ticks[0] == 0
    assert ticks[-2] < highest <= ticks[-1]


def test_log_scales_map_ratios_to_equal_steps() -> None:
    x = Scale(1, 100, 0, 200, is_log=True)
    assert x(10) == pytest.approx(100)
    assert log_range(0.6, 43) == (0.5, 50)
    assert log_ticks(0.5, 50) == pytest.approx([0.5, 1, 2, 5, 10, 20, 50])
    assert log_ticks(0.01, 1000) == pytest.approx([0.01, 0.1, 1, 10, 100, 1000])


def test_numbers_as_figures_write_them() -> None:
    assert [numbers.money(v) for v in (212e6, 1.2431e9, 840_000, -3e6, 999.99e6)] == [
        "$212m",
        "$1.24bn",
        "$840k",
        "−$3m",
        "$1bn",
    ]
    assert [numbers.times(v) for v in (7.46, 12.4, 0.61, 0.04)] == ["×7.5", "×12", "×0.6", "×0.04"]
    assert [numbers.times(v) for v in (2.0, 10378)] == ["×2.0", "×10,400"]
    assert [numbers.share(v) for v in (0.996, 1, 0.001, 0, 0.5)] == [">99%", "100%", "<1%", "0%", "50%"]
    assert numbers.listed(["a", "b", "c", "d", "e"], 3) == "a, b and 3 others"
    assert numbers.heading("854231") == "8542.31"
    assert numbers.ratio_text(-0.001) == "0.00"


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colours_stand_out_from_their_ground(scheme: dict[str, str]) -> None:
    for token in set(scheme) - {"paper", "wash", "grid", "on_dark", "on_light"}:
        assert contrast(scheme[token], scheme["paper"]) >= 3, token
    for role in ("china", "hongkong", "coalition", "rest", "turkey", "uae", "kazakhstan", "kyrgyzstan"):
        assert contrast(scheme[theme.Role(role).text], scheme["paper"]) >= 4.5, role
    for bar in ("china", "coalition", "rest", "turkey"):
        if bar != "rest":
            assert contrast(scheme["on_dark"], scheme[bar]) >= 4.5, bar
    assert contrast(scheme["on_light"], scheme["hongkong"]) >= 4.5


def test_every_colour_means_one_thing_in_both_schemes() -> None:
    assert set(theme.LIGHT) == set(theme.DARK)
    for scheme in (theme.LIGHT, theme.DARK):
        assert len(set(scheme.values())) == len(scheme)


def test_neighbours_in_a_bar_are_told_apart_in_grey() -> None:
    for a, b in (("china", "hongkong"), ("hongkong", "turkey"), ("coalition", "china"), ("coalition", "rest")):
        lightness = [116 * luminance(theme.LIGHT[token]) ** (1 / 3) - 16 for token in (a, b)]
        assert abs(lightness[0] - lightness[1]) > 8, (a, b)


def test_roles_have_fixed_colours_and_twins_are_dashed() -> None:
    drawn = theme.roles(["China + Hong Kong", "Hong Kong", "Coalition", "other hubs", "Georgia", "Somewhere"])
    assert [drawn[g].token for g in drawn] == ["china", "hongkong", "coalition", "rest", "turkey", "uae"]
    assert drawn["Georgia"].is_dashed
    assert theme.roles(["X"], {"X": "TUR"})["X"].token == "turkey"
    with pytest.raises(ValueError, match="colour of 'X': 'mauve' is none of"):
        theme.roles(["X"], {"X": "mauve"})


def test_a_form_tells_which_arguments_it_takes() -> None:
    named = inspect.signature(charts.dumbbell).parameters
    assert {"df", "name", "title_neutral", "holds", "source", "main_baseline", "after_title"} <= set(named)
    assert "Columns: title" in (charts.dumbbell.__doc__ or "")
