-- One body of Japan's customs statistics: an answer of the e-Stat API (JSON, a figure a line) or a CSV with a column per month.
-- grain: row_number
with body as (
  select content, starts_with(ltrim(content), '{') as is_json from received
),
figures as (
  -- A single figure comes without its list.
  select json_extract(content, '$.GET_STATS_DATA.STATISTICAL_DATA.DATA_INF.VALUE') as figures from body where is_json
),
listed as (
  select
    json_transform_strict(
      case when json_type(figures) = 'ARRAY' then figures else json_array(figures) end,
      '[{"@cat01": "varchar", "@cat02": "integer", "@area": "varchar", "@time": "varchar", "$": "varchar"}]'
    ) as figures
  from figures
),
sent as (
  select unnest(figures) as figure, generate_subscripts(figures, 1) as row_number, len(figures) as body_lines from listed
),
-- Kinds of figures: 100 and 110 are the units of two quantities; from 150 on come two quantities and the value of every
-- month, 30 further each.
told as (
  select
    row_number,
    figure."@cat01" as code,
    case when starts_with(figure."@area", '50') then substr(figure."@area", 3) else error('area ' || figure."@area") end
      as partner_code,
    cast(substr(figure."@time", 1, 4) as integer) as year,
    case
      when figure."@cat02" in (100, 110) then 0
      when figure."@cat02" between 150 and 500 then (figure."@cat02" - 150) // 30 + 1
      else error('row ' || row_number || ': unknown kind of figure ' || figure."@cat02")
    end as month,
    case
      when figure."@cat02" in (100, 110) then figure."@cat02" - 100
      when figure."@cat02" between 150 and 500 then (figure."@cat02" - 150) % 30
    end as part,
    nullif(trim(figure."$"), '-') as figure
  from sent
),
units as (
  select
    code,
    partner_code,
    year,
    count(*) filter (month = 0) as unit_lines,
    min(month) filter (month > 0) as first_month,
    max(figure) filter (month = 0 and part = 0) as unit_1,
    max(figure) filter (month = 0 and part = 10) as unit_2
  from told
  group by all
),
answered as (
  select
    min(told.row_number) as row_number,
    -- The lines that name the units belong to no month: they are counted with the first.
    count(*) + max(case when told.month = units.first_month then units.unit_lines else 0 end) as lines,
    told.code,
    told.partner_code,
    told.year,
    told.month,
    cast(max(case when told.part = 20 then told.figure end) as decimal(20, 3)) as value_thousand,
    cast(max(case when told.part = 0 then told.figure end) as decimal(20, 3)) as quantity_1,
    cast(max(case when told.part = 10 then told.figure end) as decimal(20, 3)) as quantity_2,
    max(units.unit_1) as unit_1,
    max(units.unit_2) as unit_2,
    count(distinct told.part) < count(*) as is_repeated
  from told
  join units using (code, partner_code, year)
  where told.month > 0
  group by told.code, told.partner_code, told.year, told.month
),
rows_of_file as (
  select string_split(replace(rtrim(content, chr(10) || chr(13)), chr(13), ''), chr(10)) as texts from body where not is_json
),
lines_of_file as (
  select
    string_split(replace(texts[1], '-Apl', '-Apr'), ',') as header,
    string_split(unnest(texts[2:]), ',') as cells,
    generate_subscripts(texts[2:], 1) as row_number,
    len(texts) - 1 as body_lines
  from rows_of_file
),
names as (
  select unnest(months) as name, generate_subscripts(months, 1) as month
  from (select ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as months)
),
melted as (
  select
    lines_of_file.row_number,
    lines_of_file.body_lines,
    names.month,
    replace(cells[list_position(header, 'HS')], '''', '') as code,
    cells[list_position(header, 'Country')] as partner_code,
    cast(cells[list_position(header, 'Year')] as integer) as year,
    nullif(trim(cells[list_position(header, 'Unit1')]), '') as unit_1,
    nullif(trim(cells[list_position(header, 'Unit2')]), '') as unit_2,
    cast(cells[list_position(header, 'Quantity1-' || names.name)] as decimal(20, 3)) as quantity_1,
    cast(cells[list_position(header, 'Quantity2-' || names.name)] as decimal(20, 3)) as quantity_2,
    cast(cells[list_position(header, 'Value-' || names.name)] as decimal(20, 3)) as value_thousand
  from lines_of_file
  cross join names
),
published as (
  -- Months to come are filled with zeros: a year ends with the last month in which anything was traded.
  select year, max(month) filter (value_thousand <> 0) as last_month from melted group by all
),
filed as (
  -- Some files tell the custom houses apart. A line is counted with January; numbers beyond the file mark later months.
  select
    min(row_number) + (month - 1) * max(body_lines) as row_number,
    case when month = 1 then count(*) else 0 end as lines,
    code,
    partner_code,
    year,
    month,
    sum(value_thousand) as value_thousand,
    sum(quantity_1) as quantity_1,
    sum(quantity_2) as quantity_2,
    max(unit_1) as unit_1,
    max(unit_2) as unit_2,
    count(distinct coalesce(unit_1, '') || '/' || coalesce(unit_2, '')) > 1 as is_repeated
  from melted
  join published using (year)
  where month <= last_month
  group by code, partner_code, year, month
),
cells as (
  select * from answered
  union all
  select * from filed
),
measured as (
  select
    * exclude (unit_1, unit_2, quantity_1, quantity_2),
    nullif(unit_1, '') as unit_1,
    nullif(unit_2, '') as unit_2,
    nullif(quantity_1, 0) as quantity_1,
    nullif(quantity_2, 0) as quantity_2
  from cells
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  partner_code,
  cast(null as varchar) as origin_code,
  json_extract_string(getvariable('parameters'), '$.direction') as flow_code,
  'M' as frequency,
  make_date(year, month, 1) as period,
  code,
  cast(null as varchar) as hs_edition,
  'JPY' as currency,
  value_thousand * 1000 as value_native,
  case when unit_1 = 'KG' then quantity_1 when unit_2 = 'KG' then quantity_2 end as weight_kg,
  -- The number of pieces where there is one, else what the goods are weighed in.
  case when unit_1 = 'KG' and unit_2 is not null or unit_1 is null then quantity_2 else quantity_1 end as quantity,
  case when unit_1 = 'KG' and unit_2 is not null or unit_1 is null then unit_2 else unit_1 end as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case
    when is_repeated then error('row ' || row_number || ': the cell stands twice, or in two units')
    when value_thousand is null then 'no value sent'
  end as reject_reason
from measured
