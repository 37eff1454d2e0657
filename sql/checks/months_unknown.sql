-- warn: months that were asked and came back empty, with no list of releases that says whether they are published
select coverage.source, coverage.reporter, count(*) as months, min(coverage.period) as first_period,
  max(coverage.period) as last_period
from core.coverage
join ref.months using (period)
where coverage.state = 'unknown'
group by all
