-- One year of BACI, cut down to the codes under study: value in thousands of dollars, weight in tonnes.
-- grain: row_number
with body as (
  select row_number() over () as row_number, *
  from read_csv(getvariable('body'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"')
)
select
  row_number,
  1 as lines,
  -- The exporter reports what both sides' reports were reconciled to.
  i as reporter_code,
  j as partner_code,
  cast(null as varchar) as origin_code,
  'export' as flow_code,
  'A' as frequency,
  make_date(cast(t as integer), 1, 1) as period,
  lpad(k, 6, '0') as code,
  json_extract_string(getvariable('parameters'), '$.edition') as hs_edition,
  'USD' as currency,
  cast(v as decimal(20, 6)) * 1000 as value_native,
  cast(nullif(nullif(trim(q), 'NA'), '') as decimal(20, 6)) * 1000 as weight_kg,
  cast(null as decimal(20, 3)) as quantity,
  cast(null as varchar) as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  cast(null as varchar) as reject_reason
from body
