-- What each newer vintage changed in a reporter's monthly trade with a partner, by family: rows, sums before and now.
-- grain: source, vintage_now, reporter, partner, flow, family, period
-- by period: core.family_flows, core.revisions
with moved as (
  select
    revisions.source,
    revisions.vintage_now,
    revisions.reporter,
    revisions.partner,
    revisions.flow,
    revisions.family,
    revisions.period,
    max(revisions.vintage_before) as vintage_before,
    count(*) filter (where revisions.change = 'new') as rows_new,
    count(*) filter (where revisions.change = 'gone') as rows_gone,
    count(*) filter (where revisions.change = 'changed') as rows_changed,
    max(revisions.currency) as currency,
    sum(revisions.moved_native) as moved_native,
    sum(revisions.moved_usd) as moved_usd
  from core.revisions
  where revisions.frequency = 'M' and revisions.family is not null
  group by
    revisions.source,
    revisions.vintage_now,
    revisions.reporter,
    revisions.partner,
    revisions.flow,
    revisions.family,
    revisions.period
),
-- The sum in force is known; what later vintages moved leads back from it to the sum of any earlier day.
dated as (
  select
    moved.source,
    moved.vintage_now,
    moved.reporter,
    moved.partner,
    moved.flow,
    moved.family,
    moved.period,
    coalesce(
      sum(moved.moved_usd) over (
        partition by moved.source, moved.reporter, moved.partner, moved.flow, moved.family, moved.period
        order by moved.vintage_now
        rows between 1 following and unbounded following
      ),
      0
    ) as moved_later
  from moved
)
select
  moved.source,
  moved.vintage_before,
  moved.vintage_now,
  moved.reporter,
  economies.name as reporter_name,
  moved.partner,
  partners.name as partner_name,
  moved.flow,
  moved.family,
  families.short_title as family_title,
  moved.period,
  moved.rows_new,
  moved.rows_gone,
  moved.rows_changed,
  cast(coalesce(family_flows.value_usd, 0) - dated.moved_later - moved.moved_usd as decimal(20, 3))
    as value_usd_before,
  cast(coalesce(family_flows.value_usd, 0) - dated.moved_later as decimal(20, 3)) as value_usd_now,
  cast(moved.moved_usd as decimal(20, 3)) as moved_usd,
  moved.currency,
  cast(moved.moved_native as decimal(20, 3)) as moved_native
from moved
join dated using (source, vintage_now, reporter, partner, flow, family, period)
join ref.economies on economies.iso3 = moved.reporter
join ref.economies as partners on partners.iso3 = moved.partner
join core.families using (family)
left join core.family_flows using (source, reporter, partner, flow, family, period)
