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
exports as (
  select
    cells.reporter,
    exporters.supplier,
    exporters.role,
    places.destination,
    places.sign,
    cells.partner,
    cells.period,
    cells.offers
  from core.cells
  join exporters using (reporter)
  join places using (partner)
  join ref.economies on economies.iso3 = places.partner
  where cells.flow = 'export'
    and cells.reporter <> cells.partner
    and (economies.role = 'focal' or exporters.role = 'origin'
      or (exporters.role = 'coalition' and economies.role = 'hub'))
),
traded as (
  select
    exports.reporter,
    exports.destination,
    exports.period,
    preferred.family,
    sum(exports.sign * family_flows.value_usd) as value_usd,
    -- A weight that was estimated from the value says nothing beside the value.
    case
      when count(*) = count(family_flows.weight_kg) filter (where not family_flows.is_weight_estimated)
        then sum(exports.sign * family_flows.weight_kg)
    end as weight_kg
  from exports
  join core.preferred on preferred.offers = exports.offers and preferred.is_covered
  join core.family_flows
    on family_flows.source = preferred.source
    and family_flows.reporter = exports.reporter
    and family_flows.partner = exports.partner
    and family_flows.flow = 'export'
    and family_flows.family = preferred.family
    and family_flows.period = exports.period
  group by all
),
sold as (
  select distinct traded.reporter, exporters.role, traded.destination, traded.family
  from traded
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
covered as (
  select
    exports.reporter,
    exports.supplier,
    exports.role,
    exports.destination,
    wanted.family,
    exports.period
  from exports
  join wanted using (reporter, destination)
  join core.preferred on preferred.offers = exports.offers and preferred.family = wanted.family
  group by all
  -- Of a difference every part must be covered, the world first of all.
  having bool_and(preferred.is_covered) and bool_or(exports.sign = 1)
)
select
  covered.reporter,
  covered.supplier,
  covered.role,
  covered.destination,
  covered.family,
  covered.period,
  cast(coalesce(traded.value_usd, 0) as decimal(20, 3)) as value_usd,
  case
    when traded.value_usd is null then cast(0 as decimal(20, 3))
    else cast(traded.weight_kg as decimal(20, 3))
  end as weight_kg
from covered
left join traded using (reporter, destination, family, period)
