-- Value per kilogram and per piece by reporter, class of buyers, family and month, over rows with a reported amount.
-- grain: source, reporter, partner_class, family, period, measure, quantity_unit
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
  join core.preferred on preferred.offers = cells.offers and preferred.family = flows.family and preferred.is_covered
  join core.partner_classes on partner_classes.partner = flows.partner
  where flows.flow = 'export' and flows.value_usd > 0
),
-- What has no reported amount above zero has no price: neither its value nor its amount enters.
measured as (
  select
    sold.source,
    sold.speaks,
    sold.rank,
    sold.reporter,
    sold.partner,
    sold.partner_class,
    sold.family,
    sold.period,
    'weight' as measure,
    'kg' as quantity_unit,
    sold.value_usd,
    sold.weight_kg as quantity
  from sold
  where sold.weight_kg > 0
  union all
  select
    sold.source,
    sold.speaks,
    sold.rank,
    sold.reporter,
    sold.partner,
    sold.partner_class,
    sold.family,
    sold.period,
    'quantity' as measure,
    sold.quantity_unit,
    sold.value_usd,
    sold.quantity
  from sold
  where sold.quantity > 0
),
-- Value and amount come from one source: the one that speaks for the cell, or the next that tells such an amount.
chosen as (
  select
    measured.source,
    measured.reporter,
    measured.partner_class,
    measured.family,
    measured.period,
    measured.measure,
    measured.quantity_unit,
    measured.value_usd,
    measured.quantity
  from measured
  qualify dense_rank() over (
    partition by measured.reporter, measured.partner, measured.family, measured.period, measured.measure
    order by case when measured.speaks then 0 else 1 end, measured.rank, measured.source
  ) = 1
),
totals as (
  select sold.source, sold.reporter, sold.partner_class, sold.family, sold.period, sum(sold.value_usd) as value_usd
  from sold
  group by all
),
used as (
  select
    chosen.source,
    chosen.reporter,
    chosen.partner_class,
    chosen.family,
    chosen.period,
    chosen.measure,
    chosen.quantity_unit,
    cast(sum(chosen.value_usd) as decimal(20, 3)) as value_usd,
    cast(sum(chosen.quantity) as decimal(20, 3)) as quantity,
    count(*) as rows_used
  from chosen
  group by chosen.source, chosen.reporter, chosen.partner_class, chosen.family, chosen.period, chosen.measure,
    chosen.quantity_unit
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
  cast(used.value_usd as double) / nullif(cast(totals.value_usd as double), 0) as share_of_value,
  used.rows_used
from used
join totals using (source, reporter, partner_class, family, period)
