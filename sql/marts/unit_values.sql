-- Value per kilogram and per piece by reporter, class of buyers, family and month, over rows with a reported amount.
-- grain: reporter, partner_class, family, period, measure, quantity_unit
with partners as (
  select
    economies.iso3 as partner,
    case
      when economies.role = 'focal' then 'focal'
      when economies.role in ('hub', 'origin') then 'hub'
      else 'elsewhere'
    end as partner_class
  from ref.economies
  where economies.role not in ('group', 'nes')
),
sold as (
  select
    flows.reporter,
    partners.partner_class,
    flows.family,
    flows.period,
    flows.value_usd,
    case when not coalesce(flows.is_weight_estimated, false) then flows.weight_kg end as weight_kg,
    case when not coalesce(flows.is_quantity_estimated, false) then flows.quantity end as quantity,
    flows.quantity_unit
  from core.flows
  join core.cells using (reporter, partner, flow, period)
  join core.preferred
    on preferred.offers = cells.offers and preferred.family = flows.family and preferred.source = flows.source
  join partners on partners.partner = flows.partner
  where flows.flow = 'export' and flows.value_usd > 0
),
-- What has no reported amount above zero has no price: neither its value nor its amount enters.
measured as (
  select
    sold.reporter,
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
    sold.reporter,
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
totals as (
  select sold.reporter, sold.partner_class, sold.family, sold.period, sum(sold.value_usd) as value_usd
  from sold
  group by all
),
used as (
  select
    measured.reporter,
    measured.partner_class,
    measured.family,
    measured.period,
    measured.measure,
    measured.quantity_unit,
    cast(sum(measured.value_usd) as decimal(20, 3)) as value_usd,
    cast(sum(measured.quantity) as decimal(20, 3)) as quantity,
    count(*) as rows_used
  from measured
  group by measured.reporter, measured.partner_class, measured.family, measured.period, measured.measure,
    measured.quantity_unit
)
select
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
join totals using (reporter, partner_class, family, period)
