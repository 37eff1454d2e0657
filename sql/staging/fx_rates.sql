-- Units of a currency per euro, by month: the ECB's own monthly averages, or the mean of its daily reference rates.
-- grain: currency, period
with body as (
  select *
  from read_csv(
    getvariable('body'), header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', skip = 0
  )
),
lines as (
  -- The API sends one line per series and month, the daily file one line per day and one column per currency; the
  -- empty second half supplies the columns that the one or the other lacks.
  select *
  from (
    select * from body
    union all by name
    select
      cast(null as varchar) as "date",
      cast(null as varchar) as currency,
      cast(null as varchar) as time_period,
      cast(null as varchar) as obs_value
    where false
  )
),
quotes as (
  select "date", quoted, rate
  from lines unpivot (rate for quoted in (columns(* exclude ("date", currency, time_period, obs_value))))
  where "date" is not null and rate != 'N/A'
)
select
  currency,
  cast(time_period || '-01' as date) as period,
  cast(obs_value as decimal(18, 10)) as units_per_eur,
  cast(null as bigint) as days
from lines
-- A month without a rate is sent empty, or as NaN.
where time_period is not null and obs_value != 'NaN'
union all
select
  quoted,
  cast(date_trunc('month', cast("date" as date)) as date),
  cast(avg(cast(rate as decimal(18, 10))) as decimal(18, 10)),
  count(*)
from quotes
group by all
order by currency, period
