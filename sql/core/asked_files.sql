-- Each data file and the list of codes it was asked for; files with the same list share it.
-- grain: file_id
select
  files.file_id,
  files.source,
  max(substr(files.retrieved_at, 1, 10)) as vintage,
  coalesce(md5(string_agg(scopes.member, ' ' order by scopes.member)), 'all') as code_set
from staging.files
left join staging.scopes on scopes.file_id = files.file_id and scopes.dimension = 'codes'
where files.kind = 'data'
group by files.file_id, files.source
