-- One answer of the US Census trade API (JSON, a list of lists): exports, and the re-exports among them once more.
-- grain: row_number
with envelope as (
  select json_transform_strict(content, '[["varchar"]]') as lists
  from received
),
body as (
  -- Columns may stand twice, as asked for and as selected by; the first is read, which ones there are depends on the call.
  select lists[1] as header, unnest(lists[2:]) as line, generate_subscripts(lists[2:], 1) as row_number from envelope
),
sent as (
  select
    row_number,
    count(*) over () as body_lines,
    line[list_position(header, 'CTY_CODE')] as partner_code,
    line[list_position(header, 'E_COMMODITY')] as code,
    line[list_position(header, 'time')] as month,
    case when list_contains(header, 'DF') then line[list_position(header, 'DF')] else '-' end as kind,
    case when list_contains(header, 'SUMMARY_LVL') then line[list_position(header, 'SUMMARY_LVL')] else 'DET' end as level,
    cast(line[list_position(header, 'ALL_VAL_MO')] as decimal(20, 3)) as value_native,
    line[list_position(header, 'UNIT_QY1')] as unit_1,
    cast(line[list_position(header, 'QTY_1_MO')] as decimal(20, 3)) as quantity_1,
    case when list_contains(header, 'UNIT_QY2') then line[list_position(header, 'UNIT_QY2')] end as unit_2,
    case when list_contains(header, 'QTY_2_MO') then cast(line[list_position(header, 'QTY_2_MO')] as decimal(20, 3)) end
      as quantity_2
  from body
),
judged as (
  select
    *,
    case
      when kind not in ('-', '1', '2') then error('row ' || row_number || ': unknown DF ' || kind)
      when level <> 'DET' or partner_code = '-' then 'group of countries'
      when kind = '-' and bool_or(kind <> '-') over (partition by partner_code, code, month)
        then 'total of domestic and foreign goods, which stand beside it'
    end as reject_reason
  from sent
),
exports as (
  select
    min(row_number) as row_number,
    count(*) as lines,
    case when min(kind) = '-' then '-' else '1+2' end as flow_code,
    partner_code,
    code,
    month,
    sum(value_native) as value_native,
    max(unit_1) as unit_1,
    sum(quantity_1) as quantity_1,
    max(unit_2) as unit_2,
    sum(quantity_2) as quantity_2,
    reject_reason
  from judged
  where reject_reason is null
  group by partner_code, code, month, reject_reason
  having min(unit_1) = max(unit_1) or error('row ' || min(row_number) || ': two units in one cell')
),
told as (
  select * from exports
  union all
  -- Re-exports are told twice, within the exports and by themselves; numbers beyond the body's rows mark the second time.
  select
    body_lines + row_number, 0, '2', partner_code, code, month, value_native, unit_1, quantity_1, unit_2, quantity_2, null
  from judged
  where kind = '2' and reject_reason is null
  union all
  select row_number, 1, '-', partner_code, code, month, value_native, unit_1, quantity_1, unit_2, quantity_2, reject_reason
  from judged
  where reject_reason is not null
),
measured as (
  -- At six digits, and where there is no unit, a zero is sent that is no quantity.
  select
    *,
    nullif(nullif(unit_1, '-'), 'X') as first_unit,
    nullif(quantity_1, 0) as first_quantity,
    nullif(nullif(unit_2, '-'), 'X') as second_unit,
    nullif(quantity_2, 0) as second_quantity
  from told
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  partner_code,
  cast(null as varchar) as origin_code,
  flow_code,
  'M' as frequency,
  cast(month || '-01' as date) as period,
  code,
  cast(null as varchar) as hs_edition,
  'USD' as currency,
  value_native,
  case when first_unit = 'KG' then first_quantity when second_unit = 'KG' then second_quantity end as weight_kg,
  case
    when first_unit = 'KG' and second_unit is not null then second_quantity
    when first_unit is not null then first_quantity
  end as quantity,
  case when first_unit = 'KG' and second_unit is not null then second_unit else first_unit end as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  reject_reason
from measured
