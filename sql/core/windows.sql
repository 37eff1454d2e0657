-- Which months of a reporter belong to which window: baselines, periods after, and those around its own edition change.
-- grain: reporter, side, window_id, period
with newest as (
  select codes_as as hs_edition from ref.editions order by in_force desc limit 1
),
reporters as (
  select
    coverage.reporter,
    -- Every reporter changes at a date of its own: the first month that it published in the newest edition.
    min(coverage.period) filter (where editions.codes_as = newest.hs_edition) as first_newest
  from core.coverage
  join ref.editions using (hs_edition)
  cross join newest
  where coverage.state = 'published'
  group by all
),
fixed as (
  select 'before' as side, baselines.baseline as window_id, baselines.start_period, baselines.end_period,
    baselines.months_needed
  from ref.baselines
  union all
  select 'after' as side, windows_after.window_id, windows_after.start_period, windows_after.end_period,
    windows_after.months_needed
  from ref.windows_after
),
around as (
  select cast(study.value as integer) as months from ref.study where study.key = 'months_around_edition'
),
counted as (
  select
    reporters.reporter,
    months.period,
    (extract(year from months.period) - extract(year from reporters.first_newest)) * 12
      + extract(month from months.period) - extract(month from reporters.first_newest) as months_since
  from reporters
  cross join ref.months
)
select
  reporters.reporter,
  fixed.side,
  fixed.window_id,
  months.period,
  cast(fixed.months_needed as bigint) as months_needed
from reporters
cross join fixed
join ref.months on months.period between cast(fixed.start_period as date) and cast(fixed.end_period as date)
union all
-- Levels a few months apart: all of the months are needed.
select
  counted.reporter,
  case when counted.months_since < 0 then 'before' else 'after' end as side,
  'edition' as window_id,
  counted.period,
  cast(around.months as bigint) as months_needed
from counted
join around on counted.months_since between -around.months and around.months - 1
