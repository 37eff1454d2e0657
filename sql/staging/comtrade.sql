-- One UN Comtrade answer (final data, JSON): of its 47 columns those needed, numbers read as text and cast exactly.
-- grain: row_number
with envelope as (
  -- One call on the whole text: reading it as a JSON file takes ten times as long. Strict: a missing key is an error.
  select
    json_transform_strict(
      content,
      '{"data": [{
        "freqCode": "varchar", "period": "varchar", "reporterCode": "varchar", "flowCode": "varchar",
        "partnerCode": "varchar", "partner2Code": "varchar", "classificationCode": "varchar", "cmdCode": "varchar",
        "customsCode": "varchar", "mosCode": "varchar", "motCode": "varchar", "qtyUnitCode": "varchar",
        "qty": "varchar", "isQtyEstimated": "boolean", "netWgt": "varchar", "isNetWgtEstimated": "boolean",
        "primaryValue": "varchar"
      }]}'
    ).data as lines
  from received
),
sent as (
  select unnest(lines) as line, generate_subscripts(lines, 1) as row_number from envelope
)
select
  row_number,
  1 as lines,
  line."reporterCode" as reporter_code,
  line."partnerCode" as partner_code,
  cast(null as varchar) as origin_code,
  line."flowCode" as flow_code,
  line."freqCode" as frequency,
  cast(strptime(line."period" || case when line."freqCode" = 'A' then '01' else '' end, '%Y%m') as date) as period,
  line."cmdCode" as code,
  line."classificationCode" as hs_edition,
  'USD' as currency,
  cast(line."primaryValue" as decimal(20, 3)) as value_native,
  -- The API writes 0 as well as null where a weight or quantity is missing.
  nullif(cast(line."netWgt" as decimal(20, 3)), 0) as weight_kg,
  nullif(cast(line."qty" as decimal(20, 3)), 0) as quantity,
  line."qtyUnitCode" as quantity_unit_code,
  coalesce(line."isNetWgtEstimated", false) as is_weight_estimated,
  coalesce(line."isQtyEstimated", false) as is_quantity_estimated,
  -- Each of these dimensions splits the total row that stands beside it: adding both would count the trade again.
  case
    when line."partner2Code" <> '0' or line."customsCode" <> 'C00' or line."motCode" <> '0' or line."mosCode" <> '0'
      then 'detail row of plus mode'
  end as reject_reason
from sent
