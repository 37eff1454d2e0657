-- When each source publishes a reporter's months, learned from earlier ones, and when the next one is expected.
-- grain: source, reporter
with latest as (
  select release_lags.source, release_lags.reporter, release_lags.lag_days
  from core.release_lags
  qualify row_number() over (
    partition by release_lags.source, release_lags.reporter order by release_lags.period desc
  ) <= 24
),
by_reporter as (
  select
    latest.source,
    latest.reporter,
    count(*) as months_observed,
    median(latest.lag_days) as lag_days,
    max(latest.lag_days) as slow_days
  from latest
  group by latest.source, latest.reporter
),
ranked as (
  select
    latest.source,
    latest.lag_days,
    cume_dist() over (partition by latest.source order by latest.lag_days) as share
  from latest
),
-- Of a whole source: the time in which nine of ten months came out, for the slowest may be anybody's.
by_source as (
  select
    ranked.source,
    median(ranked.lag_days) as lag_days,
    min(ranked.lag_days) filter (where ranked.share >= 0.9) as slow_days
  from ranked
  group by ranked.source
),
published as (
  select
    coverage.source,
    coverage.reporter,
    max(coverage.period) filter (where coverage.state = 'published') as last_period
  from core.coverage
  group by coverage.source, coverage.reporter
),
asked as (
  select files.source, max(cast(substr(files.retrieved_at, 1, 10) as date)) as asked_on
  from core.files
  group by files.source
),
learned as (
  select
    published.source,
    published.reporter,
    published.last_period,
    cast(published.last_period + interval 1 month as date) as next_period,
    asked.asked_on,
    coalesce(by_reporter.months_observed, 0) as months_observed,
    -- Fewer than six months say little of a reporter: then all reporters of the source speak for it.
    case
      when by_reporter.months_observed >= 6 then 'reporter'
      when by_source.lag_days is not null then 'source'
      else 'nothing observed'
    end as learned_from,
    cast(case when by_reporter.months_observed >= 6 then by_reporter.lag_days else by_source.lag_days end as integer)
      as lag_days,
    cast(case when by_reporter.months_observed >= 6 then by_reporter.slow_days else by_source.slow_days end as integer)
      as slow_days
  from published
  join asked using (source)
  left join by_reporter using (source, reporter)
  left join by_source using (source)
)
select
  learned.source,
  learned.reporter,
  economies.name as reporter_name,
  economies.role,
  learned.learned_from,
  learned.months_observed,
  learned.lag_days,
  learned.slow_days,
  learned.last_period,
  learned.next_period,
  cast(learned.next_period + interval 1 month as date) + learned.lag_days as expected_on,
  cast(learned.next_period + interval 1 month as date) + learned.slow_days as overdue_from,
  learned.asked_on
from learned
join ref.economies on economies.iso3 = learned.reporter
