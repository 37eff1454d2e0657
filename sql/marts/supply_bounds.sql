-- What an origin and an economy on the way supplied together, as bounds: the same goods may stand in both records.
-- grain: origin, via, hs_group, period
-- by period: core.cells, core.flows, core.group_flows, ref.months
-- looked up: core.group_offers by offers, core.preferred by offers
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
origins as (
  select economies.iso3 as origin, economies.name as origin_name
  from ref.economies
  join ref.study on study.key = 'focal_origins' and strpos(study.value, economies.iso3) > 0
),
-- Whoever may pass on goods of another origin: the hubs, and each focal origin beside the others.
ways as (
  select economies.iso3 as via, economies.name as via_name
  from ref.economies
  left join origins on origins.origin = economies.iso3
  where economies.role = 'hub' or origins.origin is not null
),
legs as (
  select group_flows.reporter, group_flows.hs_group, group_flows.period, group_flows.value_usd
  from core.group_flows
  join focal using (partner)
),
hs_groups as (
  select groups.hs_group, groups.group_title from core.groups where groups.is_whole group by all
),
told as (
  select
    flows.reporter,
    flows.period,
    flows.family,
    case when economies.role <> 'nes' then flows.origin end as origin,
    flows.value_usd,
    cells.offers
  from core.flows
  join focal using (partner)
  join core.cells using (reporter, partner, flow, period)
  join core.preferred
    on preferred.offers = cells.offers and preferred.family = flows.family and preferred.source = flows.source
  left join ref.economies on economies.iso3 = flows.origin
  where flows.flow = 're_export'
),
-- Most reporters never tell re-exports apart: only a month in which one did says anything about its re-exports.
tellers as (
  select told.reporter, told.period, told.offers, bool_and(told.origin is not null) as is_by_origin
  from told
  group by all
),
re_exports as (
  select
    told.reporter,
    groups.hs_group,
    told.period,
    origins.origin,
    sum(told.value_usd) as re_export_usd,
    sum(told.value_usd) filter (where told.origin is null or told.origin = origins.origin) as of_origin_usd
  from told
  join core.groups on groups.family = told.family and groups.is_whole
  cross join origins
  group by all
),
pairs as (
  select
    origins.origin,
    origins.origin_name,
    ways.via,
    ways.via_name,
    hs_groups.hs_group,
    hs_groups.group_title,
    months.period,
    direct.value_usd as origin_usd,
    passing.value_usd as via_usd,
    case
      when group_offers.hs_group is null then 'none'
      when tellers.is_by_origin then 're_exports_by_origin'
      else 're_exports'
    end as basis,
    case when group_offers.hs_group is not null then coalesce(re_exports.re_export_usd, 0) end as re_export_usd,
    case when group_offers.hs_group is not null then coalesce(re_exports.of_origin_usd, 0) end as of_origin_usd
  from origins
  join ways on ways.via <> origins.origin
  cross join hs_groups
  cross join ref.months
  left join legs as direct
    on direct.reporter = origins.origin and direct.hs_group = hs_groups.hs_group and direct.period = months.period
  left join legs as passing
    on passing.reporter = ways.via and passing.hs_group = hs_groups.hs_group and passing.period = months.period
  left join tellers on tellers.reporter = ways.via and tellers.period = months.period
  left join core.group_offers
    on group_offers.offers = tellers.offers and group_offers.hs_group = hs_groups.hs_group
  left join re_exports
    on re_exports.reporter = ways.via
    and re_exports.hs_group = hs_groups.hs_group
    and re_exports.period = months.period
    and re_exports.origin = origins.origin
),
-- Without a word on re-exports all of them may be goods that stand in the origin's record already.
bounded as (
  select
    pairs.origin,
    pairs.via,
    pairs.hs_group,
    pairs.period,
    case
      when pairs.via_usd > coalesce(pairs.of_origin_usd, pairs.via_usd) then pairs.via_usd - pairs.of_origin_usd
      when pairs.via_usd is not null then 0
    end as via_lower_usd
  from pairs
)
select
  pairs.origin,
  pairs.origin_name,
  pairs.via,
  pairs.via_name,
  focal.partner,
  pairs.hs_group,
  pairs.group_title,
  pairs.period,
  pairs.basis,
  pairs.origin_usd,
  pairs.via_usd,
  cast(pairs.re_export_usd as decimal(20, 3)) as re_export_usd,
  cast(pairs.of_origin_usd as decimal(20, 3)) as re_export_of_origin_usd,
  cast(bounded.via_lower_usd as decimal(20, 3)) as via_lower_usd,
  cast(pairs.origin_usd + bounded.via_lower_usd as decimal(20, 3)) as lower_usd,
  cast(pairs.origin_usd + pairs.via_usd as decimal(20, 3)) as upper_usd
from pairs
join bounded using (origin, via, hs_group, period)
cross join focal
