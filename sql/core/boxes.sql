-- Each data file and the dimensions in which it was asked for everything; in the others its scopes list what was asked.
-- grain: file_id
select
  files.file_id,
  files.source,
  files.retrieved_at,
  count(*) filter (where scopes.dimension = 'reporters') = 0 as any_reporter,
  count(*) filter (where scopes.dimension = 'partners') = 0 as any_partner,
  count(*) filter (where scopes.dimension = 'flows') = 0 as any_flow,
  count(*) filter (where scopes.dimension = 'codes') = 0 as any_code,
  count(*) filter (where scopes.dimension = 'periods') = 0 as any_period
from staging.files
left join staging.scopes using (file_id)
where files.kind = 'data'
group by files.file_id, files.source, files.retrieved_at
