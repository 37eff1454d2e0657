-- Monthly trade as each source reports it, in six-digit codes of the edition it used; finer codes are added up.
-- grain: source, reporter, partner, origin, flow, period, hs6
-- by period: core.rows
-- Most cells are one row, which is no sum: only the cells of several rows are added up.
with several as (
  select rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.period, rows.hs6
  from core.rows
  where rows.lands_in = 'flows'
  group by all
  having count(*) > 1
)
select
  rows.source,
  rows.reporter,
  rows.partner,
  rows.origin,
  rows.flow,
  rows.period,
  rows.hs6,
  rows.hs_edition,
  rows.value_usd,
  rows.corrected_native as value_native,
  rows.currency,
  rows.weight_kg,
  case when rows.quantity_unit is not null then rows.quantity end as quantity,
  case when rows.quantity is not null then rows.quantity_unit end as quantity_unit,
  rows.is_weight_estimated,
  rows.is_quantity_estimated,
  rows.family,
  rows.request_id
from core.rows
anti join several
  on several.source = rows.source
  and several.reporter is not distinct from rows.reporter
  and several.partner is not distinct from rows.partner
  and several.origin is not distinct from rows.origin
  and several.flow is not distinct from rows.flow
  and several.period = rows.period
  and several.hs6 = rows.hs6
where rows.lands_in = 'flows'
union all
select
  rows.source,
  rows.reporter,
  rows.partner,
  rows.origin,
  rows.flow,
  rows.period,
  rows.hs6,
  max(rows.hs_edition) as hs_edition,
  cast(sum(rows.value_usd) as decimal(20, 3)) as value_usd,
  cast(sum(rows.corrected_native) as decimal(20, 3)) as value_native,
  max(rows.currency) as currency,
  -- A weight or quantity that is missing in part is missing: a partial sum would pass for a high price.
  case when count(*) = count(rows.weight_kg) then cast(sum(rows.weight_kg) as decimal(20, 3)) end as weight_kg,
  case
    when count(*) = count(rows.quantity) and min(rows.quantity_unit) = max(rows.quantity_unit)
      then cast(sum(rows.quantity) as decimal(20, 3))
  end as quantity,
  case
    when count(*) = count(rows.quantity) and min(rows.quantity_unit) = max(rows.quantity_unit)
      then max(rows.quantity_unit)
  end as quantity_unit,
  bool_or(rows.is_weight_estimated) as is_weight_estimated,
  bool_or(rows.is_quantity_estimated) as is_quantity_estimated,
  max(rows.family) as family,
  max(rows.request_id) as request_id
from core.rows
semi join several
  on several.source = rows.source
  and several.reporter is not distinct from rows.reporter
  and several.partner is not distinct from rows.partner
  and several.origin is not distinct from rows.origin
  and several.flow is not distinct from rows.flow
  and several.period = rows.period
  and several.hs6 = rows.hs6
where rows.lands_in = 'flows'
group by rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.period, rows.hs6
