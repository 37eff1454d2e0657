-- How much of what a reporter tells by month stands under unspecified partners or codes, or is negative.
-- grain: source, reporter, flow, period
-- by period: core.rows, core.unspecified
with told as (
  select rows.source, rows.reporter, rows.flow, rows.period, sum(abs(rows.value_usd)) as value_usd
  from core.rows
  left join core.unspecified using (file_id, row_number)
  join ref.economies on economies.iso3 = rows.partner
  -- The world is the sum of the others.
  where rows.frequency = 'M'
    and economies.role <> 'group'
    and (rows.lands_in = 'flows' or (rows.lands_in = 'rejected' and unspecified.kind is not null))
  group by all
),
labelled as (
  select
    unspecified.source,
    unspecified.reporter,
    unspecified.flow,
    unspecified.period,
    sum(unspecified.value_usd) filter (where unspecified.kind = 'partner') as nes_partner_usd,
    sum(unspecified.value_usd) filter (where unspecified.kind = 'code') as nes_code_usd,
    sum(unspecified.value_usd) filter (where unspecified.kind = 'negative') as negative_usd,
    sum(abs(unspecified.value_usd)) as size_usd,
    count(*) as rows
  from core.unspecified
  join ref.economies on economies.iso3 = unspecified.partner
  where unspecified.frequency = 'M' and economies.role <> 'group'
  group by all
)
select
  told.source,
  told.reporter,
  told.flow,
  told.period,
  cast(told.value_usd as decimal(20, 3)) as total_usd,
  cast(coalesce(labelled.nes_partner_usd, 0) as decimal(20, 3)) as nes_partner_usd,
  cast(coalesce(labelled.nes_code_usd, 0) as decimal(20, 3)) as nes_code_usd,
  cast(coalesce(labelled.negative_usd, 0) as decimal(20, 3)) as negative_usd,
  coalesce(labelled.rows, 0) as rows,
  cast(coalesce(labelled.size_usd, 0) as double) / nullif(cast(told.value_usd as double), 0) as share_nes
from told
left join labelled using (source, reporter, flow, period)
