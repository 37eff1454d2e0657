-- Dollars per unit of a currency: the mean of a month, and for yearly rows the mean of a year's twelve months.
-- grain: currency, frequency, period
with newest as (
  -- A second source speaks only where the first has nothing.
  select rates.currency, rates.period, cast(rates.units_per_eur as decimal(18, 8)) as units_per_eur
  from staging.rates
  join staging.files using (file_id)
  join ref.sources on sources.source = files.source
  qualify row_number() over (
    partition by rates.currency, rates.period
    order by cast(sources.rank as integer), files.retrieved_at desc, files.file_id desc
  ) = 1
),
dollars as (
  select newest.period, newest.units_per_eur as usd_per_eur from newest where newest.currency = 'USD'
),
monthly as (
  select newest.currency, newest.period, dollars.usd_per_eur / nullif(newest.units_per_eur, 0) as usd_per_unit
  from newest
  join dollars using (period)
  union all
  select 'EUR' as currency, dollars.period, dollars.usd_per_eur as usd_per_unit from dollars
),
yearly as (
  select
    monthly.currency,
    cast(date_trunc('year', monthly.period) as date) as period,
    avg(monthly.usd_per_unit) as usd_per_unit
  from monthly
  group by all
  having count(*) = 12
)
select monthly.currency, 'M' as frequency, monthly.period, cast(monthly.usd_per_unit as decimal(18, 10)) as usd_per_unit
from monthly
union all
select yearly.currency, 'A' as frequency, yearly.period, cast(yearly.usd_per_unit as decimal(18, 10)) as usd_per_unit
from yearly
