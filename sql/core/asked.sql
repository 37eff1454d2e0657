-- What was asked of each source by month: whose trade with whom, and for which lists of codes.
-- grain: source, reporter, partner, flow, period
with listed as (
  select files.file_id, files.source, scopes.dimension, scopes.member
  from staging.files
  left join staging.scopes using (file_id)
  where files.kind = 'data'
),
open_files as (
  select files.file_id, files.source
  from staging.files
  where files.kind = 'data'
    and not exists (select 1 from listed where listed.file_id = files.file_id and listed.dimension = 'reporters')
),
-- An open dimension means everything the source has; only what a table here may ask for is written out.
reporters as (
  select listed.file_id, listed.member as reporter from listed where listed.dimension = 'reporters'
  union
  select open_files.file_id, source_reporters.reporter
  from open_files
  join ref.source_reporters using (source)
  union
  select open_files.file_id, economies.iso3 as reporter
  from open_files
  join ref.economy_codes using (source)
  join ref.economies using (iso3)
  where economies.role not in ('group', 'nes')
    and not exists (select 1 from ref.source_reporters where source_reporters.source = open_files.source)
),
partners as (
  select listed.file_id, listed.member as partner from listed where listed.dimension = 'partners'
  union
  select files.file_id, economies.iso3 as partner
  from staging.files
  cross join ref.economies
  where files.kind = 'data'
    and (economies.role in ('focal', 'origin', 'hub') or economies.is_reference_partner = 'true')
    and not exists (select 1 from listed where listed.file_id = files.file_id and listed.dimension = 'partners')
),
flows as (
  select listed.file_id, listed.member as flow from listed where listed.dimension = 'flows'
  union
  select files.file_id, source_flows.flow
  from staging.files
  join ref.source_flows using (source)
  where files.kind = 'data'
    and not exists (select 1 from listed where listed.file_id = files.file_id and listed.dimension = 'flows')
),
periods as (
  select listed.file_id, cast(listed.member || '-01' as date) as period
  from listed
  where listed.dimension = 'periods' and length(listed.member) = 7
  union
  select files.file_id, months.period
  from staging.files
  cross join ref.months
  where files.kind = 'data'
    and not exists (select 1 from listed where listed.file_id = files.file_id and listed.dimension = 'periods')
)
select
  asked_files.source,
  reporters.reporter,
  partners.partner,
  flows.flow,
  periods.period,
  string_agg(distinct asked_files.code_set, ' ' order by asked_files.code_set) as code_sets,
  max(asked_files.vintage) as vintage
from core.asked_files
join reporters using (file_id)
join partners using (file_id)
join flows using (file_id)
join periods using (file_id)
where reporters.reporter <> partners.partner
group by all
