-- warn: a correction is not applied, its guard does not hold or no row meets it: take it out of corrections.csv
select corrections.correction_id, corrections.source, corrections.rows, corrections.total_received, corrections.guard,
  corrections.guard_total, corrections.reason
from marts.corrections
where not corrections.is_needed
