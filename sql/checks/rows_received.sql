-- fail: rows received are not rows loaded + rejected + superseded: the staging SQL of the source loses or invents rows
select accounting.file_id, accounting.rows_received, accounting.rows_loaded, accounting.rows_rejected,
  accounting.rows_superseded
from marts.accounting
where accounting.rows_received <> accounting.rows_loaded + accounting.rows_rejected + accounting.rows_superseded
