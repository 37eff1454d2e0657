-- Both sides of a flow, what the exporter and what the importer reported, by family, month and factor from CIF to FOB.
-- grain: exporter, importer, family, period, cif_factor
-- The world and unspecified areas are nobody's partner from the other side.
with sides as (
  select
    case when spoken_flows.flow = 'export' then spoken_flows.reporter else spoken_flows.partner end as exporter,
    case when spoken_flows.flow = 'export' then spoken_flows.partner else spoken_flows.reporter end as importer,
    spoken_flows.family,
    spoken_flows.period,
    case when spoken_flows.flow = 'export' then spoken_flows.value_usd end as export_usd,
    case when spoken_flows.flow = 'import' then spoken_flows.value_usd end as import_usd
  from core.spoken_flows
  join ref.economies on economies.iso3 = spoken_flows.partner and economies.role not in ('group', 'nes')
  where spoken_flows.flow in ('export', 'import')
),
traded as (
  select
    sides.exporter,
    sides.importer,
    sides.family,
    sides.period,
    sum(sides.export_usd) as export_usd,
    sum(sides.import_usd) as import_usd
  from sides
  group by all
),
pairs as (
  select
    traded.exporter,
    traded.importer,
    traded.family,
    traded.period,
    coalesce(exported.state, 'not_asked') as export_state,
    coalesce(imported.state, 'not_asked') as import_state,
    case when exported.is_covered then coalesce(traded.export_usd, 0) end as export_usd,
    case when imported.is_covered then coalesce(traded.import_usd, 0) end as import_usd
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
