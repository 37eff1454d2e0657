-- warn: domestic exports and re-exports of all origins do not add up to total exports: is an origin missing?
with parted as (
  -- Only sources that are asked for all three.
  select source_reporters.source
  from ref.source_reporters
  join ref.source_flows using (source)
  where source_flows.flow in ('export', 're_export', 'domestic_export')
  group by source_reporters.source
  having count(distinct source_flows.flow) = 3
),
asked as (
  select asked.source, asked.reporter, asked.partner, asked.period
  from core.asked
  join parted using (source)
  where asked.flow in ('export', 're_export', 'domestic_export')
  group by asked.source, asked.reporter, asked.partner, asked.period
  having count(distinct asked.flow) = 3
)
select flows.source, flows.reporter, flows.partner, flows.hs6, flows.period,
  sum(case when flows.flow = 'export' then flows.value_native else 0 end) as exports,
  sum(case when flows.flow <> 'export' then flows.value_native else 0 end) as parts
from core.flows
join asked using (source, reporter, partner, period)
where flows.flow in ('export', 're_export', 'domestic_export')
group by flows.source, flows.reporter, flows.partner, flows.hs6, flows.period
-- Every figure is rounded to a thousand by itself.
having abs(sum(case when flows.flow = 'export' then flows.value_native else -flows.value_native end)) > 1000 * count(*)
