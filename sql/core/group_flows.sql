-- Monthly exports by analytic group where every family of it is covered: no row means not known, never zero.
-- grain: reporter, partner, hs_group, period
-- by period: core.bins, core.cells, core.spoken_flows
-- looked up: core.group_offers by offers
with traded as (
  select
    spoken_flows.reporter,
    spoken_flows.partner,
    groups.hs_group,
    spoken_flows.period,
    sum(spoken_flows.value_usd) as value_usd,
    case when count(*) = count(spoken_flows.weight_kg) then sum(spoken_flows.weight_kg) end as weight_kg,
    count(*) as families
  from core.spoken_flows
  join core.groups on groups.family = spoken_flows.family and groups.is_whole
  where spoken_flows.flow = 'export'
  group by all
),
known as (
  select
    cells.reporter,
    cells.partner,
    group_offers.hs_group,
    cells.period,
    cast(coalesce(traded.value_usd, 0) as decimal(20, 3)) as value_usd,
    case
      when traded.families is null then cast(0 as decimal(20, 3))
      else cast(traded.weight_kg as decimal(20, 3))
    end as weight_kg
  from core.cells
  join core.group_offers using (offers)
  left join traded using (reporter, partner, hs_group, period)
  where cells.flow = 'export'
),
-- Months published as one figure are known together or not at all.
joined as (
  select known.reporter, known.partner, known.hs_group, bins.bin,
    cast(sum(known.value_usd) / count(*) as decimal(20, 3)) as value_usd
  from known
  join core.bins using (reporter, period)
  group by all
  having count(*) = max(bins.months_in_bin)
)
select
  known.reporter,
  known.partner,
  known.hs_group,
  known.period,
  known.value_usd,
  known.weight_kg,
  case when bins.bin is null then known.value_usd else joined.value_usd end as compared_usd
from known
left join core.bins using (reporter, period)
left join joined using (reporter, partner, hs_group, bin)
