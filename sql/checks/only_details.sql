-- fail: cells of which a file holds detail rows but no total, so nothing to load: ask again with breakdownMode=classic
select details.file_id, details.reporter, details.partner, details.flow, details.period, details.code,
  count(*) as rows, min(details.row_number) as first_row, sum(details.value_native) as value_native
from core.rows as details
left join core.rows as totals
  on totals.file_id = details.file_id
  and totals.reporter = details.reporter
  and totals.partner = details.partner
  and totals.flow = details.flow
  and totals.frequency = details.frequency
  and totals.period = details.period
  and totals.code = details.code
  and totals.lands_in <> 'rejected'
where details.lands_in = 'rejected' and starts_with(details.reason, 'detail row') and totals.file_id is null
group by all
