-- What the estimators read: covered exports to the focal destination, hubs, single third economies, and elsewhere.
-- grain: reporter, destination, family, period
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
-- Elsewhere is the world without the focal destination, the hubs and the other focal origins, which may send goods on.
places as (
  select economies.iso3 as partner, economies.iso3 as destination, 1 as sign
  from ref.economies
  where economies.role in ('focal', 'hub', 'rest')
  union all
  select economies.iso3 as partner, 'elsewhere' as destination, 1 as sign
  from ref.economies
  where economies.role = 'group' and economies.iso3 = 'W00'
  union all
  select economies.iso3 as partner, 'elsewhere' as destination, -1 as sign
  from ref.economies
  where economies.role in ('focal', 'hub', 'origin')
),
exporters as (
  select suppliers.reporter, suppliers.supplier, economies.role
  from core.suppliers
  join ref.economies on economies.iso3 = suppliers.reporter
  where suppliers.is_exclusive
),
-- A supplier's sales to others than the focal destination are asked of focal origins, and of the coalition for hubs.
routes as (
  select exporters.reporter, exporters.role, places.partner, places.destination, places.sign
  from exporters
  join places on places.partner <> exporters.reporter
  join ref.economies on economies.iso3 = places.partner
  where economies.role = 'focal' or exporters.role = 'origin'
    or (exporters.role = 'coalition' and economies.role = 'hub')
),
exports as (
  select cells.reporter, routes.destination, routes.sign, cells.period, cells.offers
  from core.cells
  join routes using (reporter, partner)
  where cells.flow = 'export'
),
-- One destination is one partner, whose rows stand as they are; elsewhere is added up.
traded as (
  select
    spoken_flows.reporter,
    routes.destination,
    spoken_flows.period,
    spoken_flows.family,
    spoken_flows.value_usd,
    -- A weight that was estimated from the value says nothing beside the value.
    case when not spoken_flows.is_weight_estimated then spoken_flows.weight_kg end as weight_kg
  from core.spoken_flows
  join routes on routes.reporter = spoken_flows.reporter and routes.destination = spoken_flows.partner
  where spoken_flows.flow = 'export'
  union all
  select
    spoken_flows.reporter,
    routes.destination,
    spoken_flows.period,
    spoken_flows.family,
    cast(sum(routes.sign * spoken_flows.value_usd) as decimal(20, 3)) as value_usd,
    case
      when count(*) = count(spoken_flows.weight_kg) filter (where not spoken_flows.is_weight_estimated)
        then cast(sum(routes.sign * spoken_flows.weight_kg) as decimal(20, 3))
    end as weight_kg
  from core.spoken_flows
  join routes using (reporter, partner)
  where spoken_flows.flow = 'export' and routes.destination = 'elsewhere'
  group by all
),
sold as (
  select goods.reporter, exporters.role, goods.destination, goods.family
  from (
    select distinct spoken_flows.reporter, routes.destination, spoken_flows.family
    from core.spoken_flows
    join routes using (reporter, partner)
    where spoken_flows.flow = 'export'
  ) as goods
  join exporters using (reporter)
),
-- A good that a reporter never sold to a destination changes no sum; zeros are kept where absence is a finding: of
-- focal origins and hubs, and of goods that nobody in the coalition sold.
wanted as (
  select sold.reporter, sold.destination, sold.family from sold
  union
  select exporters.reporter, focal.partner as destination, families.family
  from exporters
  cross join focal
  cross join core.families
  left join sold as peers
    on peers.role = exporters.role and peers.destination = focal.partner and peers.family = families.family
  where exporters.role in ('origin', 'hub') or (exporters.role = 'coalition' and peers.family is null)
),
-- Of a difference every part must be covered, the world first of all.
in_part as (
  select distinct exports.reporter, exports.period, preferred.family
  from exports
  join core.preferred on preferred.offers = exports.offers and not preferred.is_covered
  where exports.sign = -1
),
covered as (
  select exports.reporter, exports.destination, wanted.family, exports.period
  from exports
  join core.preferred on preferred.offers = exports.offers and preferred.is_covered
  join wanted
    on wanted.reporter = exports.reporter and wanted.destination = exports.destination and wanted.family = preferred.family
  where exports.sign = 1
),
known as (
  select covered.reporter, covered.destination, covered.family, covered.period
  from covered
  where covered.destination <> 'elsewhere'
  union all
  select covered.reporter, covered.destination, covered.family, covered.period
  from covered
  anti join in_part using (reporter, period, family)
  where covered.destination = 'elsewhere'
)
select
  known.reporter,
  exporters.supplier,
  exporters.role,
  known.destination,
  known.family,
  known.period,
  coalesce(traded.value_usd, 0) as value_usd,
  case
    when traded.value_usd is null then 0 else traded.weight_kg
  end as weight_kg
from known
join exporters using (reporter)
left join traded using (reporter, destination, family, period)
