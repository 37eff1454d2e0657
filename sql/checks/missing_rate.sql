-- fail: no exchange rate for these months: get them with `chipflows download fx` or `chipflows import fx FILE`
select rows.currency, rows.frequency, rows.period, count(*) as rows, sum(rows.value_native) as value_native
from core.rows
where rows.value_usd is null
  and rows.value_native is not null
  and rows.lands_in in ('flows', 'flows_yearly', 'headings')
group by all
