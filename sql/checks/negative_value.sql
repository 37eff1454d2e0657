-- warn: negative values, weights or quantities (corrections the source books in the month): kept as sent
select rows.source, rows.reporter, rows.partner, rows.flow, rows.period, rows.code, rows.value_native, rows.weight_kg,
  rows.quantity
from core.rows
where rows.lands_in in ('flows', 'flows_yearly', 'headings')
  and (rows.value_native < 0 or rows.weight_kg < 0 or rows.quantity < 0)
