-- One answer of HMRC's Overseas Trade Statistics (JSON): eight-digit codes by country and month, added up over ports.
-- grain: row_number
with envelope as (
  select
    json_transform_strict(
      content,
      '{"value": [{
        "MonthId": "bigint", "FlowTypeId": "varchar", "SuppressionIndex": "integer", "CommodityId": "bigint",
        "Value": "varchar", "NetMass": "varchar", "SuppUnit": "varchar", "Country": {"CountryCodeAlpha": "varchar"}
      }]}'
    )."value" as lines
  from received
),
sent as (
  select unnest(lines) as line, generate_subscripts(lines, 1) as row_number from envelope
),
cells as (
  select
    line."MonthId" as month,
    line."FlowTypeId" as flow_code,
    line."CommodityId" as commodity,
    line."Country"."CountryCodeAlpha" as partner_code,
    line."Value" is not null as has_value,
    count(*) as lines,
    min(row_number) as row_number,
    sum(cast(line."Value" as decimal(20, 3))) as value_native,
    -- From 3 on quantities are withheld; a sum of those that are not would pass for all.
    case
      when max(line."SuppressionIndex") < 3 and count(*) = count(line."NetMass")
        then sum(cast(line."NetMass" as decimal(20, 3)))
    end as weight_kg,
    case
      when max(line."SuppressionIndex") < 3 and count(*) = count(line."SuppUnit")
        then sum(cast(line."SuppUnit" as decimal(20, 3)))
    end as quantity
  from sent
  group by all
)
select
  row_number,
  lines,
  json_extract_string(getvariable('parameters'), '$.reporter') as reporter_code,
  partner_code,
  cast(null as varchar) as origin_code,
  flow_code,
  'M' as frequency,
  cast(strptime(cast(month as varchar) || '01', '%Y%m%d') as date) as period,
  case when commodity < 0 then cast(commodity as varchar) else lpad(cast(commodity as varchar), 8, '0') end as code,
  cast(null as varchar) as hs_edition,
  'GBP' as currency,
  value_native,
  nullif(weight_kg, 0) as weight_kg,
  nullif(quantity, 0) as quantity,
  -- The answer does not say in which unit a supplementary quantity is counted.
  case when nullif(quantity, 0) is not null then 'SuppUnit' end as quantity_unit_code,
  false as is_weight_estimated,
  false as is_quantity_estimated,
  case
    when commodity < 0 then 'residual trade without a commodity code'
    when not has_value then 'value withheld'
  end as reject_reason
from cells
