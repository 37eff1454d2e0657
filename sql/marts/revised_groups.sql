-- How newer vintages moved a reporter's monthly exports of a group of goods, in the sources that speak for its families.
-- grain: vintage_now, reporter, partner, hs_group, period
-- by period: core.cells, core.group_flows, marts.revisions
-- looked up: core.preferred by offers
with moved as (
  select
    revisions.vintage_now,
    revisions.reporter,
    revisions.reporter_name,
    revisions.partner,
    revisions.partner_name,
    groups.hs_group,
    groups.group_title,
    revisions.period,
    max(revisions.vintage_before) as vintage_before,
    string_agg(distinct revisions.source, ' ' order by revisions.source) as sources,
    sum(revisions.rows_new) as rows_new,
    sum(revisions.rows_gone) as rows_gone,
    sum(revisions.rows_changed) as rows_changed,
    sum(revisions.moved_usd) as moved_usd
  from marts.revisions
  join core.cells using (reporter, partner, flow, period)
  join core.preferred
    on preferred.offers = cells.offers
    and preferred.family = revisions.family
    and preferred.source = revisions.source
  join core.groups on groups.family = revisions.family and groups.is_whole
  where revisions.flow = 'export'
  group by
    revisions.vintage_now,
    revisions.reporter,
    revisions.reporter_name,
    revisions.partner,
    revisions.partner_name,
    groups.hs_group,
    groups.group_title,
    revisions.period
),
-- Only the sum in force is known: what later vintages moved leads back from it.
dated as (
  select
    moved.vintage_now,
    moved.reporter,
    moved.partner,
    moved.hs_group,
    moved.period,
    coalesce(
      sum(moved.moved_usd) over (
        partition by moved.reporter, moved.partner, moved.hs_group, moved.period
        order by moved.vintage_now
        rows between 1 following and unbounded following
      ),
      0
    ) as moved_later
  from moved
)
select
  moved.vintage_before,
  moved.vintage_now,
  moved.sources,
  moved.reporter,
  moved.reporter_name,
  moved.partner,
  moved.partner_name,
  moved.hs_group,
  moved.group_title,
  moved.period,
  cast(moved.rows_new as bigint) as rows_new,
  cast(moved.rows_gone as bigint) as rows_gone,
  cast(moved.rows_changed as bigint) as rows_changed,
  cast(group_flows.value_usd - dated.moved_later - moved.moved_usd as decimal(20, 3)) as value_usd_before,
  cast(group_flows.value_usd - dated.moved_later as decimal(20, 3)) as value_usd_now,
  cast(moved.moved_usd as decimal(20, 3)) as moved_usd
from moved
join dated using (vintage_now, reporter, partner, hs_group, period)
join core.group_flows using (reporter, partner, hs_group, period)
