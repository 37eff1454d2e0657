-- fail: a six-digit code stands beside finer parts of itself in one cell, adding them would count trade twice
select rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.frequency, rows.period, rows.hs6,
  min(rows.code) as code, max(rows.code) as other_code, min(rows.file_id) as file_id
from core.rows
where rows.lands_in in ('flows', 'flows_yearly')
group by rows.source, rows.reporter, rows.partner, rows.origin, rows.flow, rows.frequency, rows.period, rows.hs6
having count(distinct length(rows.code)) > 1
