-- Whether a source has published a reporter's month, how we know, and which HS edition was in force there and then.
-- grain: source, reporter, period
with arrived as (
  select
    rows.source,
    rows.reporter,
    rows.period,
    max(case when rows.hs6 is not null then rows.hs_edition end) as hs_edition
  from core.rows
  -- A row that a correction took away was published all the same.
  where rows.frequency = 'M' and (rows.lands_in in ('flows', 'headings') or rows.is_corrected)
  group by all
),
released as (
  select
    availability.source,
    economy_codes.iso3 as reporter,
    availability.period,
    arg_max(availability.hs_edition, availability.last_released) as hs_edition
  from staging.availability
  join ref.economy_codes
    on economy_codes.source = availability.source and economy_codes.code = availability.reporter_code
  join ref.editions on editions.hs_edition = availability.hs_edition
  where availability.frequency = 'M'
  group by all
),
known as (
  select distinct asked.source, asked.reporter, asked.period from core.asked
  union
  select arrived.source, arrived.reporter, arrived.period from arrived
  union
  select released.source, released.reporter, released.period from released
),
-- Months that a list of releases speaks about, whether or not the reporter stands in it.
lists as (
  select
    files.file_id,
    files.source,
    substr(files.retrieved_at, 1, 10) as listed_on,
    count(*) filter (where scopes.dimension = 'reporters') = 0 as any_reporter,
    count(*) filter (where scopes.dimension = 'periods') = 0 as any_period
  from staging.files
  left join staging.scopes using (file_id)
  where files.kind = 'availability'
  group by all
),
looked_up as (
  select known.source, known.reporter, known.period, max(lists.listed_on) as listed_on
  from known
  join lists using (source)
  left join staging.scopes as reporters
    on reporters.file_id = lists.file_id and reporters.dimension = 'reporters' and reporters.member = known.reporter
  left join staging.scopes as periods
    on periods.file_id = lists.file_id
    and periods.dimension = 'periods'
    and periods.member = substr(cast(known.period as varchar), 1, 7)
  where (lists.any_reporter or reporters.member is not null) and (lists.any_period or periods.member is not null)
  group by all
),
-- A customs office publishes a month as a whole: where one of its reporters has rows, the others had nothing to report.
whole_months as (
  select distinct arrived.source, arrived.period
  from arrived
  join ref.sources using (source)
  where sources.speaks_for = 'own'
),
own_reporters as (
  select source_reporters.source, source_reporters.reporter from ref.source_reporters
  union
  select arrived.source, arrived.reporter from arrived
),
by_date as (
  select months.period, editions.hs_edition
  from (select distinct known.period from known) as months
  join ref.editions on cast(editions.in_force as date) <= months.period
  qualify row_number() over (partition by months.period order by editions.in_force desc) = 1
)
select
  known.source,
  known.reporter,
  known.period,
  case
    when arrived.period is not null or released.period is not null then 'published'
    when whole_months.period is not null and own_reporters.reporter is not null then 'published'
    when looked_up.listed_on is not null then 'not_published'
    else 'unknown'
  end as state,
  case
    when arrived.period is not null then 'rows arrived'
    when released.period is not null then 'in the list of releases'
    when whole_months.period is not null and own_reporters.reporter is not null then 'the office published the month'
    when looked_up.listed_on is not null then 'not in the list of releases of ' || looked_up.listed_on
    else 'no rows and no list of releases'
  end as basis,
  coalesce(arrived.hs_edition, released.hs_edition, by_date.hs_edition) as hs_edition,
  case
    when arrived.hs_edition is not null then 'rows'
    when released.hs_edition is not null then 'list of releases'
    else 'date'
  end as edition_basis
from known
left join arrived using (source, reporter, period)
left join released using (source, reporter, period)
left join looked_up using (source, reporter, period)
left join whole_months using (source, period)
left join own_reporters using (source, reporter)
left join by_date using (period)
