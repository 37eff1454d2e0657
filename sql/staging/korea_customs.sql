-- One answer of Korea's customs statistics (XML): exports and imports of a code with a country in a month, as two rows.
-- grain: row_number
with body as (
  -- The source's check has read the XML as XML, and made sure that its items stand in it just so.
  select regexp_extract_all(content, '(?s)<item>(.*?)</item>', 1) as items from received
),
sent as (
  select unnest(items) as item, generate_subscripts(items, 1) as row_number, len(items) as body_lines from body
),
lines as (
  select
    row_number,
    body_lines,
    regexp_extract(item, '<year>\s*([^<]*?)\s*</year>', 1) as month,
    regexp_extract(item, '<statCd>\s*([^<]*?)\s*</statCd>', 1) as partner_code,
    regexp_extract(item, '<hsCd>\s*([^<]*?)\s*</hsCd>', 1) as code,
    cast(regexp_extract(item, '<expDlr>\s*([^<]*?)\s*</expDlr>', 1) as decimal(20, 3)) as export_value,
    cast(regexp_extract(item, '<expWgt>\s*([^<]*?)\s*</expWgt>', 1) as decimal(20, 3)) as export_weight,
    cast(regexp_extract(item, '<impDlr>\s*([^<]*?)\s*</impDlr>', 1) as decimal(20, 3)) as import_value,
    cast(regexp_extract(item, '<impWgt>\s*([^<]*?)\s*</impWgt>', 1) as decimal(20, 3)) as import_weight
  from sent
),
told as (
  -- An item is two rows here; numbers beyond the body's items mark the second, which is no further line.
  select row_number, 1 as lines, 'exp' as flow_code, month, partner_code, code, export_value as value_native,
    export_weight as weight
  from lines
  union all
  select body_lines + row_number, 0, 'imp', month, partner_code, code, import_value, import_weight
  from lines
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  partner_code,
  cast(null as varchar) as origin_code,
  flow_code,
  'M' as frequency,
  case
    when month = '총계' then cast(null as date)
    else cast(strptime(month || '.01', '%Y.%m.%d') as date)
  end as period,
  code,
  cast(null as varchar) as hs_edition,
  'USD' as currency,
  value_native,
  nullif(weight, 0) as weight_kg,
  cast(null as decimal(20, 3)) as quantity,
  cast(null as varchar) as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case when month = '총계' then 'total of the rows beside it' end as reject_reason
from told
