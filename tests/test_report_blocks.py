"""Blocks of a page: numbers as a reader expects them, gaps as codes, nothing from data taken for markup."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from chipflows.report.blocks import FINDING, KEYS, callout, column_texts, data_table, finding, key_numbers

HOSTILE = "<script>alert('x')</script> & \"Co\""
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;Co&quot;"


def test_text_from_data_is_escaped_everywhere() -> None:
    frame = pd.DataFrame({"who": [HOSTILE], HOSTILE: [1.0]})
    blocks = [
        finding(HOSTILE, HOSTILE),
        key_numbers([(HOSTILE, HOSTILE, HOSTILE)]),
        callout(HOSTILE, HOSTILE),
        data_table(frame, caption=HOSTILE, subtitle=HOSTILE, units={HOSTILE: HOSTILE}, note=HOSTILE),
    ]
    for block in blocks:
        html = block._repr_mimebundle_()["text/html"]
        assert "<script" not in html
        assert ESCAPED in html


def test_a_finding_feeds_the_front_page() -> None:
    assert finding("It fell.", "In value.")._repr_mimebundle_()[FINDING] == {"answer": "It fell.", "limit": "In value."}


def test_key_numbers_feed_the_front_page() -> None:
    parts = key_numbers([("Loss", "3", "2 to 4")], is_state=True).parts
    assert parts[KEYS] == {"is_state": True, "values": [["Loss", "3", "2 to 4"]]}


def test_no_key_number_stands_alone() -> None:
    with pytest.raises(ValueError, match=r"'Loss' .*interval"):
        key_numbers([("Loss", "USD 212 million", " ")])


@pytest.mark.parametrize(
    ("values", "decimals", "shown"),
    [
        ([1234567.0, 12.0], None, ["1,234,567", "12"]),
        ([212.4, 3.25], None, ["212", "3"]),
        ([2.5, 0.0001], None, ["2.50", "<0.01"]),
        ([-2.5, -0.0001, 0.0], None, ["−2.50", ">−0.01", "0.00"]),
        ([0.031, 0.02], None, ["0.0310", "0.0200"]),
        ([5, 7], None, ["5", "7"]),
        ([5, 7], 1, ["5.0", "7.0"]),
        (np.array([3, 4]).astype(object), None, ["3", "4"]),
        (["[u]", 1.5], 1, ["[u]", "1.5"]),
        ([math.nan, None, ""], None, ["[x]", "[x]", "[x]"]),
    ],
)
def test_cells_of_a_column(values: list[object], decimals: int | None, shown: list[str]) -> None:
    assert column_texts(pd.Series(values, dtype=object), decimals, "[x]") == shown


def test_months_are_written_as_words() -> None:
    assert column_texts(pd.Series([pd.Timestamp("2022-02-01"), pd.NaT]), None, "[z]") == [
        "Feb\N{NO-BREAK SPACE}2022",
        "[z]",
    ]


def test_a_table_has_caption_scopes_units_and_explains_its_codes() -> None:
    frame = pd.DataFrame({"who": ["All", "A"], "value": [3.0, None], "share": ["[c]", "[u]"]})
    html = data_table(
        frame, caption="Sales", units={"value": "USD"}, gaps={"value": "[n]"}, numbers=["share"], has_total=True
    ).html
    assert "<caption><strong>Sales</strong></caption>" in html
    assert '<th scope="col" class="cf-number">value <span>USD</span></th>' in html
    assert '<tr class="cf-total"><th scope="row">All</th>' in html
    assert "[n] not covered by the files held; [u] undefined; [c] confidential" in html
    assert "<td></td>" not in html
    assert 'role="region" tabindex="0" aria-label="Table: Sales"' in html


def test_a_range_stands_under_its_number() -> None:
    html = data_table(pd.DataFrame({"who": ["A"], "ratio": ["1.7\n1.2–1.9"]}), caption="c", numbers=["ratio"]).html
    assert '<td class="cf-number">1.7<span>1.2–1.9</span></td>' in html


def test_unknown_columns_and_codes_are_refused() -> None:
    frame = pd.DataFrame({"who": ["A"], "value": ["[?]"]})
    with pytest.raises(ValueError, match="unknown code \\[\\?\\]; known are \\[x\\]"):
        data_table(frame, caption="c")
    with pytest.raises(ValueError, match="no column valeu; it has who, value"):
        data_table(frame, caption="c", units={"valeu": "USD"})
