-- fail: a source has several rows for one cell, adding them would count trade twice: is a breakdown not asked as total?
select rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.frequency, rows.period, rows.code,
  count(*) as rows, min(rows.file_id) as file_id, min(rows.row_number) as first_row, max(rows.row_number) as last_row
from core.rows
where rows.lands_in in ('flows', 'flows_yearly', 'headings')
group by all
having count(*) > 1
