-- How well two sources of one reporter agree: sums over all partners, families and months that both cover.
-- grain: reporter, flow, source, other_source
select
  agreement.reporter,
  economies.name as reporter_name,
  agreement.flow,
  agreement.source,
  agreement.other_source,
  min(agreement.period) as first_period,
  max(agreement.period) as last_period,
  cast(sum(agreement.value_usd) as decimal(20, 3)) as value_usd,
  cast(sum(agreement.other_value_usd) as decimal(20, 3)) as other_value_usd,
  cast(sum(agreement.value_usd) as double) / nullif(cast(sum(agreement.other_value_usd) as double), 0)
    as ratio_of_sources,
  count(agreement.is_within_band) as cells_judged,
  count(*) filter (where not agreement.is_within_band) as cells_outside
from marts.agreement
join ref.economies on economies.iso3 = agreement.reporter
group by all
