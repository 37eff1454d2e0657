-- Eurostat Comext as sent (SDMX-CSV): the value line and the quantity lines of one cell side by side.
-- grain: row_number
with body as (
  select row_number() over () as row_number, *
  from read_csv(
    getvariable('body'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', skip = 0
  )
),
lines as (
  -- The flag column is sent only when there are flags; the empty second half supplies it otherwise.
  select row_number, freq, reporter, partner, product, flow, indicators, time_period, obs_value, obs_flag
  from (select * from body union all by name select cast(null as varchar) as obs_flag where false)
),
cells as (
  select
    freq,
    reporter,
    partner,
    product,
    flow,
    time_period,
    count(*) as lines,
    coalesce(min(row_number) filter (indicators = 'VALUE_IN_EUROS'), min(row_number)) as row_number,
    max(cast(obs_value as decimal(20, 3))) filter (indicators = 'VALUE_IN_EUROS') as value_native,
    max(cast(obs_value as decimal(20, 5))) filter (indicators = 'QUANTITY_IN_100KG') as weight_100kg,
    -- Goods without a supplementary unit are sent with a zero, which is no quantity.
    nullif(max(cast(obs_value as decimal(20, 3))) filter (indicators = 'SUPPLEMENTARY_QUANTITY'), 0) as quantity,
    max(obs_flag) filter (indicators = 'VALUE_IN_EUROS') as value_flag,
    max(obs_flag) filter (indicators = 'QUANTITY_IN_100KG') as weight_flag,
    max(obs_flag) filter (indicators = 'SUPPLEMENTARY_QUANTITY') as quantity_flag,
    count(distinct indicators) < count(*) as is_repeated,
    min(indicators) filter (
      indicators not in ('VALUE_IN_EUROS', 'QUANTITY_IN_100KG', 'SUPPLEMENTARY_QUANTITY')
    ) as unknown_indicator
  from lines
  group by all
)
select
  row_number,
  lines,
  reporter as reporter_code,
  partner as partner_code,
  cast(null as varchar) as origin_code,
  flow as flow_code,
  freq as frequency,
  case freq
    when 'M' then cast(time_period || '-01' as date)
    when 'A' then cast(time_period || '-01-01' as date)
    else error('row ' || row_number || ': frequency ' || freq || ' is neither M nor A')
  end as period,
  product as code,
  cast(null as varchar) as hs_edition,
  'EUR' as currency,
  value_native,
  cast(weight_100kg * 100 as decimal(20, 3)) as weight_kg,
  quantity,
  -- The file does not say in which unit a supplementary quantity is counted.
  case when quantity is not null then 'SUPPLEMENTARY_QUANTITY' end as quantity_unit_code,
  coalesce(contains(weight_flag, 'e'), false) as is_weight_estimated,
  coalesce(contains(quantity_flag, 'e'), false) as is_quantity_estimated,
  case
    when unknown_indicator is not null then error('row ' || row_number || ': unknown indicator ' || unknown_indicator)
    when is_repeated then error('row ' || row_number || ': the cell stands twice in this body')
    when value_native is null then 'no value sent' || coalesce(' (flag ' || value_flag || ')', '')
    -- Where a body holds a six-digit code and eight-digit parts of it, the parts would count twice; the six-digit
    -- row is complete by definition, the parts may be a selection.
    when regexp_full_match(product, '[0-9]{8}')
      and count(value_native) filter (regexp_full_match(product, '[0-9]{6}'))
        over (partition by freq, reporter, partner, flow, time_period, left(product, 6)) > 0
      then 'part of the six-digit row of the same cell in this body'
  end as reject_reason
from cells
order by row_number
