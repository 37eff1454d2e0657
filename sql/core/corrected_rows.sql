-- Rows in force that a correction of config names; it is applied while what was sent still looks as its guard says.
-- grain: file_id, row_number
-- by period: staging.flows, core.replaced_rows
with matched as (
  select
    sent.file_id,
    sent.row_number,
    sent.period,
    corrections.correction_id,
    corrections.action,
    case when corrections.action = 'multiply' then cast(corrections.factor as decimal(18, 9)) end as factor,
    nullif(corrections.to_hs6, '') as to_hs6,
    corrections.guard,
    cast(corrections.guard_total as decimal(20, 3)) as guard_total,
    sum(sent.value_native) over (partition by corrections.correction_id) as total
  from staging.flows as sent
  left join ref.economy_codes as reporters on reporters.source = sent.source and reporters.code = sent.reporter_code
  left join ref.economy_codes as partners on partners.source = sent.source and partners.code = sent.partner_code
  left join ref.source_flows on source_flows.source = sent.source and source_flows.code = sent.flow_code
  join ref.corrections
    on corrections.source = sent.source
    and corrections.reporter in ('*', reporters.iso3)
    and corrections.partner in ('*', partners.iso3)
    and corrections.flow in ('*', source_flows.flow)
    and corrections.hs6 in ('*', substr(sent.code, 1, 6))
    and sent.period >= cast(corrections.period_from || '-01' as date)
    and sent.period <= cast(corrections.period_to || '-01' as date)
  left join ref.economies as reporter on reporter.iso3 = reporters.iso3
  left join ref.economies as partner on partner.iso3 = partners.iso3
  anti join core.replaced_rows on replaced_rows.file_id = sent.file_id and replaced_rows.row_number = sent.row_number
  where sent.reject_reason is null
    and coalesce(reporter.role, '') <> 'group'
    and (coalesce(partner.role, '') <> 'group' or partner.iso3 = 'W00')
    and length(sent.code) >= 6
    and sent.frequency = 'M'
),
judged as (
  select
    matched.file_id,
    matched.row_number,
    matched.period,
    matched.correction_id,
    matched.action,
    matched.factor,
    matched.to_hs6,
    case matched.guard
      when 'above' then matched.total > matched.guard_total
      when 'below' then matched.total < matched.guard_total
      else matched.total = matched.guard_total
    end as is_needed
  from matched
)
select
  judged.file_id,
  judged.row_number,
  judged.period,
  judged.correction_id,
  judged.is_needed,
  case when judged.is_needed then judged.action end as action,
  case when judged.is_needed then judged.factor end as factor,
  case when judged.is_needed then judged.to_hs6 end as to_hs6
from judged
