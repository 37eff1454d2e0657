-- What each source can say about a flow in a month: what was asked, whether it is published, in which edition.
-- grain: source, reporter, partner, flow, period
-- by period: core.asked, core.coverage, core.rows
with withheld as (
  -- What a correction took away is not known: it is no zero, and another source may speak for it.
  select
    rows.source,
    rows.reporter,
    rows.partner,
    rows.flow,
    rows.period,
    string_agg(distinct rows.family, ' ' order by rows.family) as families
  from core.rows
  where rows.is_corrected and rows.lands_in = 'rejected'
  group by all
)
select
  asked.source,
  asked.reporter,
  asked.partner,
  asked.flow,
  asked.period,
  coverage.state,
  coverage.hs_edition,
  asked.code_sets,
  asked.vintage,
  coalesce(withheld.families, '') as withheld,
  -- Closed at its end, so that no offer is the beginning of another.
  asked.source || '|' || coverage.state || '|' || coalesce(coverage.hs_edition, '') || '|' || asked.code_sets || '|'
    || coalesce(withheld.families, '') || '|' as offer
from core.asked
join core.coverage using (source, reporter, period)
left join withheld using (source, reporter, partner, flow, period)
