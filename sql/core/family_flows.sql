-- Monthly trade by family, comparable over HS editions, every source beside the others; only months with a row.
-- grain: source, reporter, partner, flow, family, period
-- by period: core.flows
with summed as (
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
),
-- An office that does not weigh goods: the best ranked source that does lends the weight of the same cell.
weighed as (
  select
    summed.source,
    summed.reporter,
    summed.partner,
    summed.flow,
    summed.family,
    summed.period,
    summed.weight_kg,
    summed.is_weight_estimated
  from summed
  join ref.sources using (source)
  where sources.has_weights = 'true'
    and exists (
      select 1
      from ref.source_reporters
      join ref.sources as weightless using (source)
      where weightless.has_weights = 'false' and source_reporters.reporter = summed.reporter
    )
  qualify row_number() over (
    partition by summed.reporter, summed.partner, summed.flow, summed.family, summed.period
    order by cast(sources.rank as integer), summed.source
  ) = 1
)
select
  summed.source,
  summed.reporter,
  summed.partner,
  summed.flow,
  summed.family,
  summed.period,
  summed.value_usd,
  case when sources.has_weights = 'true' then summed.weight_kg else weighed.weight_kg end as weight_kg,
  case when sources.has_weights = 'true' then summed.source else weighed.source end as weight_source,
  summed.quantity,
  summed.quantity_unit,
  case when sources.has_weights = 'true' then summed.is_weight_estimated else weighed.is_weight_estimated end
    as is_weight_estimated,
  summed.is_quantity_estimated,
  summed.hs_edition,
  summed.codes
from summed
join ref.sources using (source)
left join weighed using (reporter, partner, flow, family, period)
