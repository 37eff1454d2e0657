-- Each source behind these tables: how many files and rows, and when the oldest and newest of them were received.
-- grain: source
with loaded as (
  select rows.source, rows.file_id, sum(rows.lines) as rows from core.rows
  where rows.lands_in in ('flows', 'flows_yearly', 'headings')
  group by all
)
select
  files.source,
  sources.title,
  sources.publisher,
  sources.page,
  sources.licence,
  sources.citation,
  min(files.retrieved_at) as vintage_first,
  max(files.retrieved_at) as vintage_last,
  cast(coalesce(sum(loaded.rows), 0) as bigint) as rows,
  count(*) as files
from core.files
join ref.sources using (source)
left join loaded using (source, file_id)
group by all
