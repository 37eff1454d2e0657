-- The same flow in two sources side by side, each month and family that both cover; 0 where one has no row.
-- grain: reporter, partner, flow, family, period, source, other_source
-- by period: core.cells, core.family_flows
-- looked up: core.contenders by offers
with pairs as (
  select contenders.offers, contenders.family, contenders.source, others.source as other_source
  from core.contenders
  join core.contenders as others using (offers, family)
  where contenders.state = 'covered' and others.state = 'covered' and contenders.precedence < others.precedence
),
traded as (
  select distinct
    family_flows.reporter,
    family_flows.partner,
    family_flows.flow,
    family_flows.family,
    family_flows.period
  from core.family_flows
),
compared as (
  select
    traded.reporter,
    traded.partner,
    traded.flow,
    traded.family,
    traded.period,
    pairs.source,
    pairs.other_source,
    coalesce(flows.value_usd, 0) as value_usd,
    coalesce(others.value_usd, 0) as other_value_usd
  from traded
  join core.cells using (reporter, partner, flow, period)
  join pairs on pairs.offers = cells.offers and pairs.family = traded.family
  join core.told_flows as told
    on told.source = pairs.source and told.reporter = traded.reporter and told.flow = traded.flow
  join core.told_flows as others_told
    on others_told.source = pairs.other_source
    and others_told.reporter = traded.reporter
    and others_told.flow = traded.flow
  left join core.family_flows as flows
    on flows.source = pairs.source
    and flows.reporter = traded.reporter
    and flows.partner = traded.partner
    and flows.flow = traded.flow
    and flows.family = traded.family
    and flows.period = traded.period
  left join core.family_flows as others
    on others.source = pairs.other_source
    and others.reporter = traded.reporter
    and others.partner = traded.partner
    and others.flow = traded.flow
    and others.family = traded.family
    and others.period = traded.period
)
select
  compared.reporter,
  compared.partner,
  compared.flow,
  compared.family,
  compared.period,
  compared.source,
  compared.other_source,
  cast(compared.value_usd as decimal(20, 3)) as value_usd,
  cast(compared.other_value_usd as decimal(20, 3)) as other_value_usd,
  cast(compared.value_usd as double) / nullif(cast(compared.other_value_usd as double), 0) as ratio_of_sources,
  case
    when greatest(compared.value_usd, compared.other_value_usd) >= cast(agreement.smallest_usd as decimal(20, 3))
      then least(compared.value_usd, compared.other_value_usd)
        >= greatest(compared.value_usd, compared.other_value_usd) * cast(agreement.lowest_ratio as decimal(6, 4))
  end as is_within_band
from compared
cross join ref.agreement
-- Neither has a row where a third source does.
where compared.value_usd <> 0 or compared.other_value_usd <> 0
