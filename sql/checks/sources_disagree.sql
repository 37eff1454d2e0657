-- warn: two sources of one flow differ by more than [agreement] of config/project.toml allows: is one late, or read wrongly?
select agreement.reporter, agreement.partner, agreement.flow, agreement.source, agreement.other_source,
  count(*) as cells, min(agreement.period) as first_period, max(agreement.period) as last_period,
  sum(agreement.value_usd) as value_usd, sum(agreement.other_value_usd) as other_value_usd
from marts.agreement
where not agreement.is_within_band
group by all
