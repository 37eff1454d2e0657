-- Each reporter's exports to the focal destination by family and month; null where not known, 0 where nothing was sent.
-- grain: reporter, family, period
-- by period: core.bins, core.cells, core.family_flows, ref.months
-- looked up: core.preferred by offers
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
exports as (
  select cells.reporter, cells.period, cells.offers
  from core.cells
  join focal using (partner)
  where cells.flow = 'export'
),
-- Joined before the families multiply them.
wanted as (
  select exporters.reporter, exporters.supplier, months.period, exports.offers
  from core.exporters
  cross join ref.months
  left join exports using (reporter, period)
),
traded as (
  select
    family_flows.source,
    family_flows.reporter,
    family_flows.family,
    family_flows.period,
    sum(family_flows.value_usd) filter (where family_flows.flow = 'export') as value_usd,
    sum(family_flows.weight_kg) filter (where family_flows.flow = 'export') as weight_kg,
    sum(family_flows.quantity) filter (where family_flows.flow = 'export') as quantity,
    max(family_flows.quantity_unit) filter (where family_flows.flow = 'export') as quantity_unit,
    sum(family_flows.value_usd) filter (where family_flows.flow = 're_export') as re_export_usd
  from core.family_flows
  join focal using (partner)
  group by all
),
known as (
  select
    wanted.reporter,
    economies.name as reporter_name,
    economies.role,
    wanted.supplier,
    focal.partner,
    'export' as flow,
    families.family,
    families.short_title as family_title,
    families.tier,
    wanted.period,
    case when preferred.is_covered then cast(coalesce(traded.value_usd, 0) as decimal(20, 3)) end as value_usd,
    case
      when preferred.is_covered and traded.value_usd is null then cast(0 as decimal(20, 3))
      when preferred.is_covered then cast(traded.weight_kg as decimal(20, 3))
    end as weight_kg,
    case when preferred.is_covered then cast(traded.quantity as decimal(20, 3)) end as quantity,
    case when preferred.is_covered then traded.quantity_unit end as quantity_unit,
    -- Most reporters never tell re-exports apart: no figure is not a zero.
    case when preferred.is_covered then cast(traded.re_export_usd as decimal(20, 3)) end as re_export_usd,
    preferred.source,
    coalesce(preferred.reason, 'no source was asked') as reason,
    coalesce(preferred.state, 'not_asked') as state,
    coalesce(preferred.is_covered, false) as is_covered
  from wanted
  join ref.economies on economies.iso3 = wanted.reporter
  cross join focal
  cross join core.families
  left join core.preferred on preferred.offers = wanted.offers and preferred.family = families.family
  left join traded
    on traded.source = preferred.source
    and traded.reporter = wanted.reporter
    and traded.family = families.family
    and traded.period = wanted.period
),
-- Months published as one figure are known together or not at all.
joined as (
  select known.reporter, known.family, bins.bin, cast(sum(known.value_usd) / count(*) as decimal(20, 3)) as value_usd
  from known
  join core.bins using (reporter, period)
  where known.is_covered
  group by all
  having count(*) = max(bins.months_in_bin)
)
select
  known.reporter,
  known.reporter_name,
  known.role,
  known.supplier,
  known.partner,
  known.flow,
  known.family,
  known.family_title,
  known.tier,
  known.period,
  known.value_usd,
  case when bins.bin is null then known.value_usd else joined.value_usd end as compared_usd,
  bins.bin is not null as is_split,
  known.weight_kg,
  known.quantity,
  known.quantity_unit,
  known.re_export_usd,
  known.source,
  known.reason,
  known.state,
  known.is_covered
from known
left join core.bins using (reporter, period)
left join joined using (reporter, family, bin)
