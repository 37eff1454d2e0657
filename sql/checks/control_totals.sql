-- warn: six-digit codes add up to more than their heading: counted twice, or one of the two was revised alone; ask both again
select control_totals.source, control_totals.reporter, control_totals.partner, control_totals.flow,
  control_totals.period, control_totals.heading, control_totals.heading_usd, control_totals.codes_usd
from marts.control_totals
-- Sources round every figure by itself: to a unit of their currency, some to a thousand.
where control_totals.codes_usd > 1.001 * control_totals.heading_usd + 2 * (control_totals.rows + 1)
