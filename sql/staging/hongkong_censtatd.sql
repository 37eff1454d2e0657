-- One answer of Hong Kong's Trade-IDDS (JSON): the value and the quantity of a cell, sent as two objects, side by side.
-- grain: row_number
with envelope as (
  select
    json_transform_strict(
      content,
      '{"dataSet": [{
        "freq": "varchar", "period": "varchar", "ttype": "varchar", "cc": "varchar", "code": "varchar", "sv": "varchar",
        "figure": "varchar"
      }]}'
    )."dataSet" as lines,
    -- The origin is sent only where origins were asked for.
    json_transform(content, '{"dataSet": [{"co": "varchar"}]}')."dataSet" as origins
  from received
),
sent as (
  select unnest(lines) as line, unnest(origins).co as co, generate_subscripts(lines, 1) as row_number from envelope
),
cells as (
  select
    line.freq,
    line.period,
    line.ttype,
    line.cc,
    co,
    line.code,
    count(*) as lines,
    coalesce(min(row_number) filter (line.sv = 'VCm'), min(row_number)) as row_number,
    -- Figures are text with thousands commas; values are in thousands of Hong Kong dollars, a quantity may have no sum.
    cast(max(case when line.sv = 'VCm' then replace(line.figure, ',', '') end) as decimal(20, 3)) * 1000 as value_native,
    cast(
      max(case when line.sv = 'QCm' and line.figure not in ('', '-') then replace(line.figure, ',', '') end)
      as decimal(20, 3)
    ) as quantity,
    min(line.sv) filter (line.sv not in ('VCm', 'QCm')) as unknown_figure,
    count(distinct line.sv) < count(*) as is_repeated
  from sent
  group by all
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  cc as partner_code,
  nullif(co, '') as origin_code,
  ttype as flow_code,
  freq as frequency,
  cast(strptime(period || '01', '%Y%m%d') as date) as period,
  code,
  cast(null as varchar) as hs_edition,
  'HKD' as currency,
  value_native,
  cast(null as decimal(20, 3)) as weight_kg,
  quantity,
  -- Each eight-digit code has a unit of its own, which the answer does not name.
  case when quantity is not null then 'QCm' end as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case
    when unknown_figure is not null then error('row ' || row_number || ': unknown figure ' || unknown_figure)
    when is_repeated then error('row ' || row_number || ': the cell stands twice in this body')
    when value_native is null then 'no value sent'
  end as reject_reason
from cells
