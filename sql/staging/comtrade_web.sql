-- One CSV saved from the Comtrade page: the rows of the API in another dress, read all as text and cast exactly.
-- grain: row_number
with body as (
  -- Data rows may end in one comma more than the header, which makes a nameless empty cell.
  select row_number() over () as row_number, *
  from read_csv(
    getvariable('body'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', null_padding = true, parallel = false
  )
)
select
  row_number,
  1 as lines,
  "reporterCode" as reporter_code,
  "partnerCode" as partner_code,
  cast(null as varchar) as origin_code,
  "flowCode" as flow_code,
  "freqCode" as frequency,
  cast(strptime(period || case when "freqCode" = 'A' then '01' else '' end, '%Y%m') as date) as period,
  "cmdCode" as code,
  "classificationCode" as hs_edition,
  'USD' as currency,
  cast("primaryValue" as decimal(20, 3)) as value_native,
  nullif(cast("netWgt" as decimal(20, 3)), 0) as weight_kg,
  nullif(cast(qty as decimal(20, 3)), 0) as quantity,
  "qtyUnitCode" as quantity_unit_code,
  coalesce(cast("isNetWgtEstimated" as boolean), false) as is_weight_estimated,
  coalesce(cast("isQtyEstimated" as boolean), false) as is_quantity_estimated,
  case
    when "partner2Code" <> '0' or "customsCode" <> 'C00' or "motCode" <> '0' or "mosCode" <> '0'
      then 'detail row of plus mode'
  end as reject_reason
from body
