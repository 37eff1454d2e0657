-- warn: re-exports exceed the exports they are part of; the exports of this cell are too low
select re_exports.source, re_exports.reporter, re_exports.partner, re_exports.hs6, re_exports.period,
  re_exports.value_usd as re_export_usd, exports.value_usd as export_usd
from core.flows as re_exports
left join core.flows as exports
  on exports.source = re_exports.source
  and exports.reporter = re_exports.reporter
  and exports.partner = re_exports.partner
  and exports.origin is not distinct from re_exports.origin
  and exports.hs6 = re_exports.hs6
  and exports.period = re_exports.period
  and exports.flow = 'export'
-- A dollar of rounding is no finding.
where re_exports.flow = 're_export' and re_exports.value_usd > coalesce(exports.value_usd, 0) + 1
