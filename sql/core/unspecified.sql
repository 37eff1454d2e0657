-- Rows received whose partner or code is not specified, and negative ones: kept, and labelled with what they lack.
-- grain: file_id, row_number
-- by period: core.rows
with labelled as (
  select
    rows.file_id,
    rows.row_number,
    rows.source,
    rows.reporter,
    rows.partner,
    rows.flow,
    rows.frequency,
    rows.period,
    rows.code,
    rows.lands_in,
    case
      when regexp_matches(rows.code, '[^0-9]') or strpos(study.value, substr(rows.code, 1, 2)) > 0 then 'code'
      -- What is rejected for another reason counts nowhere: details of a total, groups of economies.
      when rows.lands_in = 'rejected' then null
      when economies.role = 'nes' then 'partner'
      when rows.value_native < 0 then 'negative'
    end as kind,
    rows.value_usd
  from core.rows
  join ref.study on study.key = 'unspecified_chapters'
  left join ref.economies on economies.iso3 = rows.partner
  where rows.lands_in in ('flows', 'flows_yearly', 'rejected')
)
select
  labelled.file_id,
  labelled.row_number,
  labelled.source,
  labelled.reporter,
  labelled.partner,
  labelled.flow,
  labelled.frequency,
  labelled.period,
  labelled.code,
  labelled.lands_in,
  labelled.kind,
  labelled.value_usd
from labelled
where labelled.kind is not null
