-- Both sides of a flow, what the exporter and what the importer reported, by family, month and factor from CIF to FOB.
-- grain: exporter, importer, family, period, cif_factor
with sides as (
  select
    cells.reporter,
    cells.partner,
    cells.flow,
    family_flows.family,
    cells.period,
    sum(family_flows.value_usd) as value_usd
  from core.family_flows
  join core.cells using (reporter, partner, flow, period)
  join core.preferred
    on preferred.offers = cells.offers
    and preferred.family = family_flows.family
    and preferred.source = family_flows.source
  where cells.flow in ('export', 'import')
  group by all
),
-- The world and unspecified areas are nobody's partner from the other side.
traded as (
  select distinct
    case when sides.flow = 'export' then sides.reporter else sides.partner end as exporter,
    case when sides.flow = 'export' then sides.partner else sides.reporter end as importer,
    sides.family,
    sides.period
  from sides
  join ref.economies on economies.iso3 = sides.partner and economies.role not in ('group', 'nes')
),
pairs as (
  select
    traded.exporter,
    traded.importer,
    traded.family,
    traded.period,
    coalesce(exported.state, 'not_asked') as export_state,
    coalesce(imported.state, 'not_asked') as import_state,
    case when exported.is_covered then coalesce(exports.value_usd, 0) end as export_usd,
    case when imported.is_covered then coalesce(imports.value_usd, 0) end as import_usd
  from traded
  left join core.cells as export_cells
    on export_cells.reporter = traded.exporter
    and export_cells.partner = traded.importer
    and export_cells.flow = 'export'
    and export_cells.period = traded.period
  left join core.preferred as exported
    on exported.offers = export_cells.offers and exported.family = traded.family
  left join core.cells as import_cells
    on import_cells.reporter = traded.importer
    and import_cells.partner = traded.exporter
    and import_cells.flow = 'import'
    and import_cells.period = traded.period
  left join core.preferred as imported
    on imported.offers = import_cells.offers and imported.family = traded.family
  left join sides as exports
    on exports.reporter = traded.exporter
    and exports.partner = traded.importer
    and exports.flow = 'export'
    and exports.family = traded.family
    and exports.period = traded.period
  left join sides as imports
    on imports.reporter = traded.importer
    and imports.partner = traded.exporter
    and imports.flow = 'import'
    and imports.family = traded.family
    and imports.period = traded.period
)
select
  pairs.exporter,
  pairs.importer,
  pairs.family,
  pairs.period,
  cast(cif_factors.cif_factor as double) as cif_factor,
  case
    when pairs.export_usd is null then 'import_only'
    when pairs.import_usd is null then 'export_only'
    else 'both'
  end as sides,
  pairs.export_state,
  pairs.import_state,
  cast(pairs.export_usd as decimal(20, 3)) as export_usd,
  cast(pairs.import_usd as decimal(20, 3)) as import_usd,
  cast(pairs.import_usd / cast(cif_factors.cif_factor as decimal(6, 4)) as decimal(20, 3)) as import_fob_usd,
  cast(pairs.import_usd as double)
    / nullif(cast(cif_factors.cif_factor as double) * cast(pairs.export_usd as double), 0) as mirror_ratio,
  cast(pairs.export_usd - pairs.import_usd / cast(cif_factors.cif_factor as decimal(6, 4)) as decimal(20, 3)) as gap_usd
from pairs
cross join ref.cif_factors
