-- Days from the end of a month until its source released it, or, where it lists no releases, until it was first received.
-- grain: source, reporter, period
with listed as (
  select
    availability.source,
    economy_codes.iso3 as reporter,
    availability.period,
    cast(min(availability.first_released) as date) as released_on
  from staging.availability
  join ref.economy_codes
    on economy_codes.source = availability.source and economy_codes.code = availability.reporter_code
  where availability.frequency = 'M'
  group by availability.source, economy_codes.iso3, availability.period
),
first_received as (
  select
    rows.source,
    rows.reporter,
    rows.period,
    min(cast(substr(boxes.retrieved_at, 1, 10) as date)) as received_on
  from core.rows
  join core.boxes using (file_id)
  where rows.frequency = 'M' and rows.reject_reason is null
  group by rows.source, rows.reporter, rows.period
),
-- Of months that came together only the newest can just have come out.
newest as (
  select first_received.source, first_received.reporter, first_received.received_on, max(first_received.period) as period
  from first_received
  group by first_received.source, first_received.reporter, first_received.received_on
),
known as (
  select listed.source, listed.reporter, listed.period, listed.released_on, 'list of releases' as basis from listed
  union all
  select newest.source, newest.reporter, newest.period, newest.received_on as released_on, 'first received' as basis
  from newest
  left join listed using (source, reporter, period)
  where listed.source is null
),
dated as (
  select
    known.source,
    known.reporter,
    known.period,
    known.released_on,
    known.basis,
    date_diff('day', cast(known.period + interval 1 month as date), known.released_on) as lag_days
  from known
)
select dated.source, dated.reporter, dated.period, dated.released_on, dated.basis, dated.lag_days
from dated
-- A month that came more than a year late tells when it was asked for or loaded, not when it came out.
where dated.lag_days between 0 and 365
