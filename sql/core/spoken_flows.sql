-- Monthly trade by family as the source that speaks for it tells it; only months with a row.
-- grain: reporter, partner, flow, family, period
-- by period: core.cells, core.family_flows
-- looked up: core.preferred by offers
select
  family_flows.source,
  family_flows.reporter,
  family_flows.partner,
  family_flows.flow,
  family_flows.family,
  family_flows.period,
  family_flows.value_usd,
  family_flows.weight_kg,
  family_flows.is_weight_estimated
from core.family_flows
join core.cells using (reporter, partner, flow, period)
semi join core.preferred
  on preferred.offers = cells.offers
  and preferred.family = family_flows.family
  and preferred.source = family_flows.source
