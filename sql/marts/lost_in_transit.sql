-- What suppliers report sending to a hub and the hub did not record, where both sides are covered, by month.
-- grain: supplier, hub, hs_group, period, cif_factor
-- by period: marts.mirror
with hubs as (
  select economies.iso3 as hub, economies.name as hub_name from ref.economies where economies.role = 'hub'
),
titles as (
  select suppliers.supplier, suppliers.supplier_title from core.suppliers group by all
),
hs_groups as (
  select groups.hs_group, groups.group_title from core.groups where groups.is_whole group by all
),
-- A family counts in several groups, so it is added up over reporters first.
by_family as (
  select
    suppliers.supplier,
    mirror.importer as hub,
    mirror.family,
    mirror.period,
    mirror.cif_factor,
    sum(mirror.export_usd) filter (where mirror.sides = 'both') as export_usd,
    sum(mirror.import_fob_usd) filter (where mirror.sides = 'both') as import_fob_usd,
    sum(mirror.export_usd) filter (where mirror.sides = 'export_only') as export_only_usd,
    sum(mirror.import_fob_usd) filter (where mirror.sides = 'import_only') as import_only_usd
  from marts.mirror
  join hubs on hubs.hub = mirror.importer
  join core.suppliers on suppliers.reporter = mirror.exporter and suppliers.supplier <> 'world'
  group by all
),
compared as (
  select
    by_family.supplier,
    by_family.hub,
    groups.hs_group,
    by_family.period,
    by_family.cif_factor,
    sum(by_family.export_usd) as export_usd,
    sum(by_family.import_fob_usd) as import_fob_usd,
    sum(by_family.export_only_usd) as export_only_usd,
    sum(by_family.import_only_usd) as import_only_usd
  from by_family
  join core.groups on groups.family = by_family.family and groups.is_whole
  group by all
),
-- Who is compared is the same under every factor.
both_told as (
  select distinct mirror.exporter, mirror.importer as hub, groups.hs_group, mirror.period
  from marts.mirror
  join ref.cif_factors on cast(cif_factors.cif_factor as double) = mirror.cif_factor and cif_factors.is_first = 'true'
  join hubs on hubs.hub = mirror.importer
  join core.groups on groups.family = mirror.family and groups.is_whole
  where mirror.sides = 'both'
),
counted as (
  select both_told.hub, both_told.hs_group, both_told.period, suppliers.supplier, count(*) as reporters_compared
  from both_told
  join core.suppliers on suppliers.reporter = both_told.exporter
  group by all
)
select
  compared.supplier,
  titles.supplier_title,
  compared.hub,
  hubs.hub_name,
  compared.hs_group,
  hs_groups.group_title,
  compared.period,
  compared.cif_factor,
  coalesce(counted.reporters_compared, 0) as reporters_compared,
  cast(compared.export_usd as decimal(20, 3)) as export_usd,
  cast(compared.import_fob_usd as decimal(20, 3)) as import_fob_usd,
  cast(compared.export_usd - compared.import_fob_usd as decimal(20, 3)) as gap_usd,
  1 - cast(compared.import_fob_usd as double) / nullif(cast(compared.export_usd as double), 0) as share_lost,
  cast(compared.export_only_usd as decimal(20, 3)) as export_only_usd,
  cast(compared.import_only_usd as decimal(20, 3)) as import_only_usd
from compared
join titles using (supplier)
join hubs using (hub)
join hs_groups using (hs_group)
left join counted using (supplier, hub, hs_group, period)
