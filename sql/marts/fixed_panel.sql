-- Exports by supplier, group and month beside those of the reporters that cover the base, and whether the month is whole.
-- grain: supplier, hs_group, period
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
base as (
  select window_means.reporter, window_means.partner, window_means.hs_group, window_means.mean_usd
  from core.window_means
  join focal using (partner)
  where window_means.side = 'before'
    and window_means.window_id = (select min(baselines.baseline) from ref.baselines)
),
flows as (
  select
    group_flows.reporter,
    group_flows.hs_group,
    group_flows.period,
    group_flows.compared_usd,
    base.mean_usd,
    extract(year from group_flows.period) * 12 + extract(month from group_flows.period) as place
  from core.group_flows
  join focal using (partner)
  left join base using (reporter, partner, hs_group)
),
-- A reporter that falls silent leaves the month and its base alike, so that it can't look like a fall.
panel as (
  select
    suppliers.supplier,
    flows.hs_group,
    flows.period,
    count(*) as panel_published,
    cast(sum(flows.compared_usd) as decimal(20, 3)) as panel_usd,
    cast(sum(flows.mean_usd) as decimal(20, 3)) as panel_base_usd
  from flows
  join core.suppliers using (reporter)
  where flows.mean_usd is not null and flows.compared_usd is not null
  group by all
),
members as (
  select suppliers.supplier, base.hs_group, count(*) as panel_reporters
  from base
  join core.suppliers using (reporter)
  group by all
),
months as (
  select
    months.period,
    extract(year from months.period) * 12 + extract(month from months.period) as place,
    cast(study.value as integer) as trailing
  from ref.months
  join ref.study on study.key = 'trailing_months'
),
recent as (
  select distinct flows.reporter, flows.hs_group, months.period
  from flows
  join months on flows.place between months.place - months.trailing and months.place - 1
),
due as (
  select suppliers.supplier, recent.hs_group, recent.period, count(*) as reporters_recent
  from recent
  join core.suppliers using (reporter)
  group by all
),
before as (
  select
    direct_totals.supplier,
    direct_totals.hs_group,
    months.period,
    -- Of whole thousandths: the mean of two amounts is then exact, and rounded alike on every engine.
    cast(round(median(cast(direct_totals.value_usd * 1000 as double))) / 1000 as decimal(20, 3)) as trailing_median_usd
  from marts.direct_totals
  join months
    on extract(year from direct_totals.period) * 12 + extract(month from direct_totals.period)
    between months.place - months.trailing and months.place - 1
  where direct_totals.value_usd is not null
  group by all
),
beside as (
  select
    direct_totals.supplier,
    direct_totals.supplier_title,
    direct_totals.partner,
    direct_totals.flow,
    direct_totals.hs_group,
    direct_totals.group_title,
    direct_totals.period,
    direct_totals.value_usd,
    direct_totals.reporters_published,
    coalesce(due.reporters_recent, 0) as reporters_recent,
    -- The last month of which every reporter of the months before it is known.
    max(case when direct_totals.reporters_published >= due.reporters_recent then direct_totals.period end)
      over (partition by direct_totals.supplier, direct_totals.hs_group) as last_whole,
    before.trailing_median_usd
  from marts.direct_totals
  left join due using (supplier, hs_group, period)
  left join before using (supplier, hs_group, period)
)
select
  beside.supplier,
  beside.supplier_title,
  beside.partner,
  beside.flow,
  beside.hs_group,
  beside.group_title,
  beside.period,
  beside.value_usd,
  beside.reporters_published,
  beside.reporters_recent,
  beside.trailing_median_usd,
  cast(beside.value_usd as double) / nullif(cast(beside.trailing_median_usd as double), 0) as to_trailing_median,
  coalesce(beside.value_usd is not null and beside.period > beside.last_whole, false) as is_partial,
  coalesce(members.panel_reporters, 0) as panel_reporters,
  coalesce(panel.panel_published, 0) as panel_published,
  panel.panel_usd,
  panel.panel_base_usd,
  cast(panel.panel_usd as double) / nullif(cast(panel.panel_base_usd as double), 0) as panel_ratio
from beside
left join members using (supplier, hs_group)
left join panel using (supplier, hs_group, period)
