-- Which reporter has published which month, over all sources held, and its share of the exports before the war.
-- grain: reporter, period
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
best as (
  select
    coverage.reporter,
    coverage.period,
    case
      when bool_or(coverage.state = 'published') then 'published'
      when bool_or(coverage.state = 'not_published') then 'not_published'
      else 'unknown'
    end as state,
    min(coverage.hs_edition) filter (where coverage.state = 'published') as hs_edition
  from core.coverage
  group by all
),
asked as (
  select distinct cells.reporter, cells.period, cells.offers
  from core.cells
  join focal using (partner)
  where cells.flow = 'export'
),
covered as (
  select asked.reporter, asked.period, count(*) filter (where preferred.is_covered) as families_covered
  from asked
  join core.preferred using (offers)
  group by all
),
base as (
  select direct.reporter, sum(direct.value_usd) as value_usd
  from marts.direct
  join ref.baselines
    on direct.period between cast(baselines.start_period as date) and cast(baselines.end_period as date)
  where baselines.baseline = (select min(baselines.baseline) from ref.baselines)
  group by all
),
families as (
  select count(*) as families from core.families
),
-- A month is due once a source of the reporter was asked after the time that its slow months had taken.
waits as (
  select
    release_calendar.reporter,
    months.period,
    bool_or(
      cast(months.period + interval 1 month as date) + coalesce(release_calendar.slow_days, 0) <= release_calendar.asked_on
    ) as is_due
  from marts.release_calendar
  cross join ref.months
  group by release_calendar.reporter, months.period
)
select
  economies.iso3 as reporter,
  economies.name as reporter_name,
  economies.role,
  months.period,
  coalesce(best.state, 'not_asked') as state,
  best.hs_edition,
  coalesce(covered.families_covered, 0) as families_covered,
  families.families,
  coalesce(waits.is_due, true) as is_due,
  cast(base.value_usd as double) / nullif(cast(sum(base.value_usd) over (partition by months.period) as double), 0)
    as share_of_base
from ref.economies
cross join ref.months
cross join families
left join best on best.reporter = economies.iso3 and best.period = months.period
left join covered on covered.reporter = economies.iso3 and covered.period = months.period
left join waits on waits.reporter = economies.iso3 and waits.period = months.period
left join base on base.reporter = economies.iso3
where economies.role in ('focal', 'origin', 'coalition', 'hub')
  or (
    economies.role = 'rest'
    and exists (select 1 from best where best.reporter = economies.iso3 and best.state = 'published')
  )
