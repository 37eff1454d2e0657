-- Months that a reporter publishes as one figure: where months are compared, each counts as the mean of its bin.
-- grain: reporter, period
select
  joined_months.reporter,
  months.period,
  min(months.period) over (partition by joined_months.reporter, joined_months.from_month, extract(year from months.period))
    as bin,
  cast(joined_months.to_month as integer) - cast(joined_months.from_month as integer) + 1 as months_in_bin
from ref.joined_months
join ref.months
  on months.period >= cast(joined_months.since || '-01' as date)
  and extract(month from months.period) >= cast(joined_months.from_month as integer)
  and extract(month from months.period) <= cast(joined_months.to_month as integer)
