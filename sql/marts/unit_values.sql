-- Value per kilogram and per piece by reporter, class of buyers, family and month, over rows with a reported amount.
-- grain: source, reporter, partner_class, family, period, measure, quantity_unit
-- by period: core.cells, core.flows
-- looked up: core.preferred by offers
with sold as (
  select
    flows.source,
    flows.source = preferred.source as speaks,
    cast(sources.rank as integer) as rank,
    flows.reporter,
    flows.partner,
    partner_classes.partner_class,
    flows.family,
    flows.period,
    flows.value_usd,
    case when not coalesce(flows.is_weight_estimated, false) then flows.weight_kg end as weight_kg,
    case when not coalesce(flows.is_quantity_estimated, false) then flows.quantity end as quantity,
    flows.quantity_unit
  from core.flows
  join ref.sources using (source)
  join core.cells using (reporter, partner, flow, period)
  -- Compared as a pair, so that the cell is known first: by family alone every row meets every combination of offers.
  join core.preferred on (preferred.offers, preferred.family) = (cells.offers, flows.family) and preferred.is_covered
  join core.partner_classes on partner_classes.partner = flows.partner
  where flows.flow = 'export' and flows.value_usd > 0
),
-- What has no reported amount above zero has no price: neither its value nor its amount enters.
-- Value and amount come from one source: the one that speaks for the cell, or the next that tells such an amount. Few
-- cells hold another source than the one that speaks, so the others need no order.
contested as (
  select distinct sold.reporter, sold.partner, sold.family, sold.period from sold where not sold.speaks
),
chosen as (
  select
    sold.source,
    sold.reporter,
    sold.partner_class,
    sold.family,
    sold.period,
    sold.quantity_unit,
    sold.value_usd,
    case when sold.weight_kg > 0 then sold.weight_kg end as weight_kg,
    case when sold.quantity > 0 then sold.quantity end as quantity
  from sold
  anti join contested using (reporter, partner, family, period)
  union all
  select
    sold.source,
    sold.reporter,
    sold.partner_class,
    sold.family,
    sold.period,
    sold.quantity_unit,
    sold.value_usd,
    case
      when sold.weight_kg > 0 and dense_rank() over (
        partition by sold.reporter, sold.partner, sold.family, sold.period, coalesce(sold.weight_kg > 0, false)
        order by case when sold.speaks then 0 else 1 end, sold.rank, sold.source
      ) = 1 then sold.weight_kg
    end as weight_kg,
    case
      when sold.quantity > 0 and dense_rank() over (
        partition by sold.reporter, sold.partner, sold.family, sold.period, coalesce(sold.quantity > 0, false)
        order by case when sold.speaks then 0 else 1 end, sold.rank, sold.source
      ) = 1 then sold.quantity
    end as quantity
  from sold
  semi join contested using (reporter, partner, family, period)
),
by_unit as (
  select
    chosen.source,
    chosen.reporter,
    chosen.partner_class,
    chosen.family,
    chosen.period,
    chosen.quantity_unit,
    sum(chosen.value_usd) as value_usd,
    sum(chosen.value_usd) filter (where chosen.weight_kg is not null) as weighed_usd,
    sum(chosen.weight_kg) as weight_kg,
    count(chosen.weight_kg) as rows_weighed,
    sum(chosen.value_usd) filter (where chosen.quantity is not null) as counted_usd,
    sum(chosen.quantity) as quantity,
    count(chosen.quantity) as rows_counted
  from chosen
  group by all
),
totals as (
  select
    by_unit.source,
    by_unit.reporter,
    by_unit.partner_class,
    by_unit.family,
    by_unit.period,
    sum(by_unit.value_usd) as value_usd,
    sum(by_unit.weighed_usd) as weighed_usd,
    sum(by_unit.weight_kg) as weight_kg,
    sum(by_unit.rows_weighed) as rows_weighed
  from by_unit
  group by all
),
used as (
  select
    totals.source,
    totals.reporter,
    totals.partner_class,
    totals.family,
    totals.period,
    'weight' as measure,
    'kg' as quantity_unit,
    cast(totals.weighed_usd as decimal(20, 3)) as value_usd,
    cast(totals.weight_kg as decimal(20, 3)) as quantity,
    cast(totals.rows_weighed as bigint) as rows_used,
    totals.value_usd as all_usd
  from totals
  where totals.rows_weighed > 0
  union all
  select
    totals.source,
    totals.reporter,
    totals.partner_class,
    totals.family,
    totals.period,
    'quantity' as measure,
    by_unit.quantity_unit,
    cast(by_unit.counted_usd as decimal(20, 3)) as value_usd,
    cast(by_unit.quantity as decimal(20, 3)) as quantity,
    by_unit.rows_counted as rows_used,
    totals.value_usd as all_usd
  from by_unit
  join totals using (source, reporter, partner_class, family, period)
  where by_unit.rows_counted > 0
)
select
  used.source,
  used.reporter,
  used.partner_class,
  used.family,
  used.period,
  used.measure,
  used.quantity_unit,
  used.value_usd,
  used.quantity,
  cast(used.value_usd as double) / nullif(cast(used.quantity as double), 0) as unit_value_usd,
  cast(used.value_usd as double) / nullif(cast(used.all_usd as double), 0) as share_of_value,
  used.rows_used
from used
