-- fail: a six-digit code stands beside finer parts of itself in one cell, adding them would count trade twice
select finer.source, finer.reporter, finer.partner, finer.origin, finer.flow, finer.frequency, finer.period, whole.code,
  min(finer.code) as finer_code, min(finer.file_id) as file_id, min(finer.row_number) as row_number
from core.rows as finer
join core.rows as whole
  on whole.code = finer.hs6
  and whole.source = finer.source
  and whole.reporter = finer.reporter
  and whole.partner = finer.partner
  and whole.origin is not distinct from finer.origin
  and whole.flow = finer.flow
  and whole.frequency = finer.frequency
  and whole.period = finer.period
where length(finer.code) > 6
  and finer.lands_in in ('flows', 'flows_yearly')
  and whole.lands_in in ('flows', 'flows_yearly')
group by all
