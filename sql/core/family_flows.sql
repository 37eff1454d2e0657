-- Monthly trade by family, comparable over HS editions, every source beside the others; only months with a row.
-- grain: source, reporter, partner, flow, family, period
select
  flows.source,
  flows.reporter,
  flows.partner,
  flows.flow,
  flows.family,
  flows.period,
  cast(sum(flows.value_usd) as decimal(20, 3)) as value_usd,
  case when count(*) = count(flows.weight_kg) then cast(sum(flows.weight_kg) as decimal(20, 3)) end as weight_kg,
  case
    when count(*) = count(flows.quantity) and min(flows.quantity_unit) = max(flows.quantity_unit)
      then cast(sum(flows.quantity) as decimal(20, 3))
  end as quantity,
  case
    when count(*) = count(flows.quantity) and min(flows.quantity_unit) = max(flows.quantity_unit)
      then max(flows.quantity_unit)
  end as quantity_unit,
  bool_or(flows.is_weight_estimated) as is_weight_estimated,
  bool_or(flows.is_quantity_estimated) as is_quantity_estimated,
  max(flows.hs_edition) as hs_edition,
  count(*) as codes
from core.flows
where flows.family is not null
group by flows.source, flows.reporter, flows.partner, flows.flow, flows.family, flows.period
