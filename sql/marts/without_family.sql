-- Six-digit codes that arrived and stand in no family: kept in core.flows, in none of the totals.
-- grain: source, hs6, hs_edition
select
  flows.source,
  flows.hs6,
  flows.hs_edition,
  count(*) as rows,
  count(distinct flows.reporter) as reporters,
  min(flows.period) as first_period,
  max(flows.period) as last_period,
  cast(sum(flows.value_usd) as decimal(20, 3)) as value_usd
from core.flows
where flows.family is null
group by flows.source, flows.hs6, flows.hs_edition
