-- fail: the total of a file is not that of its rows in staging: the staging SQL of the source reads a value wrongly
select files.file_id, files.total as total_sent, accounting.total_received, files.rows
from core.files
join marts.accounting using (file_id)
where files.total <> ''
  -- Values are kept to a thousandth: that much may be lost per row.
  and abs(cast(files.total as decimal(38, 9)) - accounting.total_received) > 0.0005 * greatest(files.rows, 1)
