-- fail: rows that are neither monthly (M) nor yearly (A): the staging SQL of the source must say which
select rows.source, rows.frequency, min(rows.file_id) as file_id, min(rows.row_number) as first_row, count(*) as rows
from core.rows
where rows.reject_reason is null and (rows.frequency is null or rows.frequency not in ('M', 'A') or rows.period is null)
group by all
