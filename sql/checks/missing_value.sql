-- fail: rows without a value were loaded: the source's staging SQL must reject them with a reason
select rows.source, rows.file_id, rows.row_number, rows.reporter, rows.partner, rows.flow, rows.period, rows.code
from core.rows
where rows.value_native is null and rows.reject_reason is null
