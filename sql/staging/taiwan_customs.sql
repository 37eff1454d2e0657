-- One export of Taiwan's customs query page: commodity codes by country, in thousands of dollars, Chinese or English form.
-- grain: row_number
with body as (
  -- Notes may stand above the header, so DuckDB is not told of one; 16 cells are more than the form can have.
  select
    row_number() over () as line,
    [c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16] as cells
  from read_csv(
    getvariable('body'), header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', null_padding = true,
    parallel = false, columns = {
      c1: 'varchar', c2: 'varchar', c3: 'varchar', c4: 'varchar', c5: 'varchar', c6: 'varchar', c7: 'varchar',
      c8: 'varchar', c9: 'varchar', c10: 'varchar', c11: 'varchar', c12: 'varchar', c13: 'varchar', c14: 'varchar',
      c15: 'varchar', c16: 'varchar'
    }
  )
),
header as (
  select line, [translate(name, '（） ,', '()') for name in cells] as names
  from body
  where cells[1] in ('進出口別', 'Imports/Exports')
  order by line
  limit 1
),
-- Where a column has several names, the form has one of them; a column the person did not tick is null.
lines as (
  select
    body.line - header.line as row_number,
    trim(coalesce(cells[list_position(names, '進出口別')], cells[list_position(names, 'Imports/Exports')])) as flow,
    trim(coalesce(cells[list_position(names, '日期')], cells[list_position(names, 'Time')])) as time,
    trim(coalesce(cells[list_position(names, '貨品號列')], cells[list_position(names, 'CommodityCode')])) as code,
    trim(coalesce(
      cells[list_position(names, '國家')],
      cells[list_position(names, 'Country(Area)')],
      cells[list_position(names, 'Country')],
      '合計'
    )) as partner,
    trim(coalesce(cells[list_position(names, '美元(千元)')], cells[list_position(names, 'Value(USD$1000)')])) as value,
    trim(coalesce(cells[list_position(names, '重量(公斤)')], cells[list_position(names, 'Weight(KGM)')])) as kilos,
    trim(coalesce(cells[list_position(names, '重量(公噸)')], cells[list_position(names, 'Weight(TNE)')])) as tonnes,
    trim(cells[list_position(names, '數量(限11碼貨品)')]) as quantity,
    nullif(trim(cells[list_position(names, '數量單位')]), '') as unit
  from body
  cross join header
  where body.line > header.line
),
measured as (
  -- `D` stands for a figure that customs withholds.
  select
    row_number,
    flow,
    regexp_extract(time, '^(\d+)(?:年(?:(\d+)月)?|/(\d+))?', ['year', 'chinese_month', 'month']) as time,
    code,
    partner,
    cast(replace(nullif(value, 'D'), ',', '') as decimal(20, 3)) * 1000 as value_native,
    coalesce(
      cast(replace(nullif(nullif(kilos, 'D'), ''), ',', '') as decimal(20, 3)),
      cast(replace(nullif(nullif(tonnes, 'D'), ''), ',', '') as decimal(20, 3)) * 1000
    ) as weight_kg,
    cast(replace(nullif(nullif(quantity, 'D'), ''), ',', '') as decimal(20, 3)) as quantity,
    unit
  from lines
)
select
  row_number,
  1 as lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  -- Letters that arrive broken, as `?` or replaced: in a Latin name every letter but ASCII counts as broken.
  regexp_replace(partner, case when regexp_matches(partner, '[A-Za-z]') then '[^ -~]' else '\x{FFFD}' end, '?', 'g') as partner_code,
  cast(null as varchar) as origin_code,
  flow as flow_code,
  case when time.chinese_month || time.month = '' then 'A' else 'M' end as frequency,
  make_date(
    -- Years of the Republic of China count from 1912.
    cast(time.year as integer) + case when length(time.year) < 4 then 1911 else 0 end,
    cast(coalesce(nullif(time.chinese_month || time.month, ''), '1') as integer),
    1
  ) as period,
  code,
  cast(null as varchar) as hs_edition,
  'USD' as currency,
  value_native,
  -- A weight rounded to nothing beside a value is not known.
  case when weight_kg <> 0 or value_native = 0 then weight_kg end as weight_kg,
  case when unit is not null then quantity end as quantity,
  unit as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case
    when value_native is null then 'value withheld by customs'
    -- Such goods and countries are shown a second time under a collective name, to say that something is withheld.
    when regexp_matches(code, '[A-Z]') then 'collective code of confidential goods, shown elsewhere too'
    when partner = '資訊保護國別' then 'collective name of confidential countries, shown elsewhere too'
  end as reject_reason
from measured
