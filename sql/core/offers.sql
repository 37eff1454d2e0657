-- What each source can say about a flow in a month: what was asked, whether it is published, in which edition.
-- grain: source, reporter, partner, flow, period
select
  asked.source,
  asked.reporter,
  asked.partner,
  asked.flow,
  asked.period,
  coverage.state,
  coverage.hs_edition,
  asked.code_sets,
  asked.source || '|' || coverage.state || '|' || coalesce(coverage.hs_edition, '') || '|' || asked.code_sets as offer
from core.asked
join core.coverage using (source, reporter, period)
