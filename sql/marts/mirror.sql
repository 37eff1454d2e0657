-- Both sides of a flow, what the exporter and what the importer reported, by family, month and factor from CIF to FOB.
-- grain: exporter, importer, family, period, cif_factor
-- by period: core.cells, core.spoken_flows
-- looked up: core.preferred by offers
-- The world and unspecified areas are nobody's partner from the other side.
with partners as (
  select economies.iso3 as partner from ref.economies where economies.role not in ('group', 'nes')
),
sold as (
  select
    spoken_flows.reporter as exporter,
    spoken_flows.partner as importer,
    spoken_flows.family,
    spoken_flows.period,
    coalesce(spoken_flows.value_usd, 0) as export_usd
  from core.spoken_flows
  join partners using (partner)
  where spoken_flows.flow = 'export'
),
bought as (
  select
    spoken_flows.partner as exporter,
    spoken_flows.reporter as importer,
    spoken_flows.family,
    spoken_flows.period,
    coalesce(spoken_flows.value_usd, 0) as import_usd
  from core.spoken_flows
  join partners using (partner)
  where spoken_flows.flow = 'import'
),
-- A side that tells is covered; what it means that the other one is silent stands in the cell of the other one.
told as (
  select
    exporter,
    importer,
    family,
    period,
    sold.export_usd,
    bought.import_usd,
    case when sold.export_usd is null then exporter end as silent_exporter,
    case when bought.import_usd is null then importer end as silent_importer
  from sold
  full join bought using (exporter, importer, family, period)
),
pairs as (
  select
    told.exporter,
    told.importer,
    told.family,
    told.period,
    case when told.silent_exporter is null then 'covered' else coalesce(exported.state, 'not_asked') end as export_state,
    case when told.silent_importer is null then 'covered' else coalesce(imported.state, 'not_asked') end as import_state,
    coalesce(told.export_usd, case when exported.is_covered then 0 end) as export_usd,
    coalesce(told.import_usd, case when imported.is_covered then 0 end) as import_usd
  from told
  left join core.cells as export_cells
    on export_cells.reporter = told.silent_exporter
    and export_cells.partner = told.importer
    and export_cells.flow = 'export'
    and export_cells.period = told.period
  left join core.preferred as exported
    on exported.offers = export_cells.offers and exported.family = told.family
  left join core.cells as import_cells
    on import_cells.reporter = told.silent_importer
    and import_cells.partner = told.exporter
    and import_cells.flow = 'import'
    and import_cells.period = told.period
  left join core.preferred as imported
    on imported.offers = import_cells.offers and imported.family = told.family
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
