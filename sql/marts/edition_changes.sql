-- When each reporter's statistics changed to the newest HS edition, and how that is known; empty while they have not.
-- grain: source, reporter
with newest as (
  select codes_as as hs_edition from ref.editions order by in_force desc limit 1
)
select
  coverage.source,
  coverage.reporter,
  economies.name as reporter_name,
  economies.role,
  newest.hs_edition,
  max(coverage.period) filter (where editions.codes_as <> newest.hs_edition) as last_previous_period,
  min(coverage.period) filter (where editions.codes_as = newest.hs_edition) as first_newest_period,
  arg_min(coverage.edition_basis, coverage.period) filter (where editions.codes_as = newest.hs_edition)
    as edition_basis
from core.coverage
join ref.editions using (hs_edition)
join ref.economies on economies.iso3 = coverage.reporter
cross join newest
where coverage.state = 'published'
group by coverage.source, coverage.reporter, economies.name, economies.role, newest.hs_edition
