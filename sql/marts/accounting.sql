-- Every data file and where its rows went: received = loaded + rejected + superseded, in rows and native money.
-- grain: file_id
select
  files.file_id,
  files.source,
  files.corridor,
  files.retrieved_at,
  files.outcome,
  files.rows as rows_received,
  cast(coalesce(sum(rows.lines) filter (where rows.lands_in in ('flows', 'flows_yearly', 'headings')), 0) as bigint)
    as rows_loaded,
  cast(coalesce(sum(rows.lines) filter (where rows.lands_in = 'rejected'), 0) as bigint) as rows_rejected,
  cast(coalesce(sum(rows.lines) filter (where rows.lands_in = 'superseded'), 0) as bigint) as rows_superseded,
  max(rows.currency) as currency,
  cast(coalesce(sum(rows.value_native), 0) as decimal(20, 3)) as total_received,
  cast(
    coalesce(sum(rows.value_native) filter (where rows.lands_in in ('flows', 'flows_yearly', 'headings')), 0)
    as decimal(20, 3)
  ) as total_loaded,
  cast(coalesce(sum(rows.value_native) filter (where rows.lands_in = 'rejected'), 0) as decimal(20, 3))
    as total_rejected,
  cast(coalesce(sum(rows.value_native) filter (where rows.lands_in = 'superseded'), 0) as decimal(20, 3))
    as total_superseded
from core.files
left join core.rows using (file_id)
where files.kind = 'data'
group by files.file_id, files.source, files.corridor, files.retrieved_at, files.outcome, files.rows
