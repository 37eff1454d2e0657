-- Which source speaks for a reporter's exports of a good, and over which months: what a source line names.
-- grain: source, reporter, family
select
  spoken_flows.source,
  spoken_flows.reporter,
  spoken_flows.family,
  min(spoken_flows.period) as first_period,
  max(spoken_flows.period) as last_period,
  cast(sum(spoken_flows.value_usd) as decimal(20, 3)) as value_usd
from core.spoken_flows
where spoken_flows.flow = 'export'
group by all
