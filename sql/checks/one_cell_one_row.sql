-- fail: a source has several rows for one cell, adding them would count trade twice: is a breakdown not asked as total?
with several as (
  select rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.frequency, rows.period, rows.code
  from core.rows
  where rows.lands_in in ('flows', 'flows_yearly', 'headings')
  group by all
  having count(*) > 1
)
-- Which rows they are is asked of those cells alone.
select several.source, several.reporter, several.partner, several.origin, several.flow, several.frequency, several.period,
  several.code, count(*) as rows, min(rows.file_id) as file_id, min(rows.row_number) as first_row,
  max(rows.row_number) as last_row
from several
join core.rows
  on rows.source = several.source
  and rows.reporter is not distinct from several.reporter
  and rows.partner is not distinct from several.partner
  and rows.origin is not distinct from several.origin
  and rows.flow is not distinct from several.flow
  and rows.frequency is not distinct from several.frequency
  and rows.period is not distinct from several.period
  and rows.code is not distinct from several.code
where rows.lands_in in ('flows', 'flows_yearly', 'headings')
group by all
