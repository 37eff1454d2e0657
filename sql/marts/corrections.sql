-- Known errors of the sources, what is done about each, how many rows it meets, and what they are worth before and after.
-- grain: correction_id
select
  corrections.correction_id,
  corrections.source,
  corrections.reporter,
  corrections.partner,
  corrections.flow,
  corrections.hs6,
  cast(corrections.period_from || '-01' as date) as first_period,
  cast(corrections.period_to || '-01' as date) as last_period,
  corrections.action,
  corrections.reason,
  corrections.source_url,
  corrections.guard,
  cast(corrections.guard_total as decimal(20, 3)) as guard_total,
  coalesce(bool_or(rows.is_corrected), false) as is_needed,
  count(rows.row_number) as rows,
  max(rows.currency) as currency,
  cast(sum(rows.value_native) as decimal(20, 3)) as total_received,
  cast(sum(case when rows.lands_in = 'flows' then rows.corrected_native end) as decimal(20, 3)) as total_loaded
from ref.corrections
left join core.rows using (correction_id)
group by all
