-- One export of China's customs query page: HS8 by partner, trade modes and places added up where the person asked for them.
-- grain: row_number
with body as (
  select row_number() over () as row_number, *
  from read_csv(
    getvariable('body'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"'
  )
),
lines as (
  -- Which columns there are depends on the form; the empty second half supplies those this export lacks.
  select
    row_number, "数据年月", "商品编码", "贸易伙伴编码", "第一数量", "第一计量单位", "第二数量", "第二计量单位", "美元", "人民币"
  from (
    select * from body
    union all by name
    select
      cast(null as varchar) as "第二数量",
      cast(null as varchar) as "第二计量单位",
      cast(null as varchar) as "美元",
      cast(null as varchar) as "人民币"
    where false
  )
),
told as (
  select
    row_number,
    "数据年月" as month,
    "商品编码" as code,
    "贸易伙伴编码" as partner_code,
    case when "美元" is null then 'CNY' else 'USD' end as currency,
    cast(replace(coalesce("美元", "人民币"), ',', '') as decimal(20, 3)) as value_native,
    -- `?` stands for no unit.
    nullif("第一计量单位", '?') as unit_1,
    cast(replace("第一数量", ',', '') as decimal(20, 3)) as quantity_1,
    nullif("第二计量单位", '?') as unit_2,
    cast(replace("第二数量", ',', '') as decimal(20, 3)) as quantity_2
  from lines
),
measured as (
  -- Trade modes and places of registration are added up. A quantity of zero means that none was asked for.
  select
    min(row_number) as row_number,
    count(*) as lines,
    month,
    code,
    partner_code,
    currency,
    sum(value_native) as value_native,
    max(unit_1) as unit_1,
    nullif(sum(quantity_1), 0) as quantity_1,
    max(unit_2) as unit_2,
    nullif(sum(quantity_2), 0) as quantity_2,
    count(distinct coalesce(unit_1, '') || '/' || coalesce(unit_2, '')) > 1 as is_mixed
  from told
  group by month, code, partner_code, currency
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  partner_code,
  cast(null as varchar) as origin_code,
  json_extract_string(getvariable('parameters'), '$.direction') as flow_code,
  'M' as frequency,
  cast(strptime(month || '01', '%Y%m%d') as date) as period,
  code,
  cast(null as varchar) as hs_edition,
  currency,
  value_native,
  case when unit_1 = '千克' then quantity_1 when unit_2 = '千克' then quantity_2 end as weight_kg,
  case when unit_1 = '千克' and unit_2 is not null then quantity_2 else quantity_1 end as quantity,
  case when unit_1 = '千克' and unit_2 is not null then unit_2 else unit_1 end as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case when is_mixed then error('row ' || row_number || ': the cell stands in two units') end as reject_reason
from measured
order by row_number
