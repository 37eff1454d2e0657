-- A year as a source gives it beside the sum of its months by the same source, where it has published all twelve.
-- grain: source, reporter, partner, flow, hs6, period
with years as (
  select
    flows_yearly.source,
    flows_yearly.reporter,
    flows_yearly.partner,
    flows_yearly.flow,
    flows_yearly.hs6,
    flows_yearly.period,
    max(flows_yearly.currency) as currency,
    sum(flows_yearly.value_native) as year_native
  from core.flows_yearly
  group by all
),
-- A month counts where the code was asked for and the reporter has published: without a row it is zero.
published as (
  select
    years.source,
    years.reporter,
    years.partner,
    years.flow,
    years.hs6,
    years.period,
    count(distinct asked.period) as months
  from years
  join core.asked
    on asked.source = years.source
    and asked.reporter = years.reporter
    and asked.partner = years.partner
    and asked.flow = years.flow
    and cast(date_trunc('year', asked.period) as date) = years.period
  join core.coverage
    on coverage.source = asked.source
    and coverage.reporter = asked.reporter
    and coverage.period = asked.period
    and coverage.state = 'published'
  left join core.code_sets
    on code_sets.hs6 = years.hs6 and strpos(asked.code_sets, code_sets.code_set) > 0
  where asked.code_sets = 'all' or code_sets.hs6 is not null
  group by all
),
summed as (
  select
    flows.source,
    flows.reporter,
    flows.partner,
    flows.flow,
    flows.hs6,
    cast(date_trunc('year', flows.period) as date) as period,
    sum(flows.value_native) as months_native
  from core.flows
  group by all
)
select
  years.source,
  years.reporter,
  years.partner,
  years.flow,
  years.hs6,
  years.period,
  years.currency,
  cast(years.year_native as decimal(20, 3)) as year_native,
  cast(coalesce(summed.months_native, 0) as decimal(20, 3)) as months_native,
  cast(years.year_native - coalesce(summed.months_native, 0) as decimal(20, 3)) as difference_native
from years
join published using (source, reporter, partner, flow, hs6, period)
left join summed using (source, reporter, partner, flow, hs6, period)
where published.months = 12
