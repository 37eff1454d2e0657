-- Why rows were not loaded, by source: detail of a total, a group of economies, or replaced by a newer file.
-- grain: source, lands_in, reason
select
  rows.source,
  rows.lands_in,
  rows.reason,
  cast(sum(rows.lines) as bigint) as rows,
  count(distinct rows.file_id) as files,
  cast(sum(rows.value_native) as decimal(20, 3)) as value_native,
  max(rows.currency) as currency
from core.rows
where rows.lands_in in ('rejected', 'superseded')
group by rows.source, rows.lands_in, rows.reason
