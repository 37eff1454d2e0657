-- Rows that are not six digits (headings, chapters, totals), monthly and yearly: control totals, never added to flows.
-- grain: source, reporter, partner, origin, flow, frequency, period, code
-- by period: core.rows
select
  rows.source,
  rows.reporter,
  rows.partner,
  rows.origin,
  rows.flow,
  rows.frequency,
  rows.period,
  rows.code,
  rows.hs_edition,
  rows.value_usd,
  rows.value_native,
  rows.currency,
  rows.weight_kg,
  rows.request_id
from core.rows
where rows.lands_in = 'headings'
