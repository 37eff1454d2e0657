-- fail: a source sent an economy that config/economies.csv does not know: add its code there
select rows.source, rows.reporter_code, rows.reporter, rows.partner_code, rows.partner, rows.origin_code, rows.origin,
  min(rows.file_id) as file_id, min(rows.row_number) as first_row, count(*) as rows,
  sum(rows.value_native) as value_native
from core.rows
-- What is rejected counts nowhere: totals and groups that a source adds by itself have no code here.
where rows.reject_reason is null
  and (rows.reporter is null or rows.partner is null or (rows.origin_code is not null and rows.origin is null))
group by all
