-- warn: re-exports exceed the exports they are part of; the exports of this cell are too low
with totals as (
  select
    flows.source, flows.reporter, flows.partner, flows.hs6, flows.period, flows.flow,
    sum(flows.value_usd) as value_usd,
    count(flows.origin) as origins
  from core.flows
  where flows.flow in ('export', 're_export')
  group by flows.source, flows.reporter, flows.partner, flows.hs6, flows.period, flows.flow
)
select re_exports.source, re_exports.reporter, re_exports.partner, re_exports.hs6, re_exports.period,
  re_exports.value_usd as re_export_usd, exports.value_usd as export_usd
from totals as re_exports
left join totals as exports
  on exports.source = re_exports.source
  and exports.reporter = re_exports.reporter
  and exports.partner = re_exports.partner
  and exports.hs6 = re_exports.hs6
  and exports.period = re_exports.period
  and exports.flow = 'export'
-- A dollar of rounding is no finding, nor where origins are told: each of them, and the export, is rounded to a thousand HKD.
where re_exports.flow = 're_export'
  and re_exports.value_usd > coalesce(exports.value_usd, 0) + 1
    + case when re_exports.origins > 0 then 65 * (re_exports.origins + 1) else 0 end
