-- Yearly trade as each source reports it, period = 1 January; never mixed with months.
-- grain: source, reporter, partner, origin, flow, period, hs6
-- by period: core.rows
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
  cast(sum(rows.value_native) as decimal(20, 3)) as value_native,
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
where rows.lands_in = 'flows_yearly'
group by rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.period, rows.hs6
