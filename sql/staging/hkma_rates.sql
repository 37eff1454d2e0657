-- Hong Kong dollars per euro, monthly averages of the Hong Kong Monetary Authority.
-- grain: currency, period
with envelope as (
  select
    json_transform_strict(content, '{"result": {"records": [{"end_of_month": "varchar", "eur": "varchar"}]}}').result.records
      as records
  from received
),
sent as (
  select unnest(records) as record from envelope
)
select
  'HKD' as currency,
  cast(record.end_of_month || '-01' as date) as period,
  cast(record.eur as decimal(18, 10)) as units_per_eur,
  cast(null as bigint) as days
from sent
order by period
