-- The offers that compete for a flow in a month, newest vintage first; few combinations exist, so the choice per family is made on those.
-- grain: reporter, partner, flow, period
-- by period: core.offers
select
  offers.reporter,
  offers.partner,
  offers.flow,
  offers.period,
  string_agg(offers.offer, ';' order by offers.vintage desc, offers.offer) as offers
from core.offers
group by all
