-- warn: a year differs by more than 1 % from the sum of its months at the same source: one of the two was revised alone
select yearly_control.source, yearly_control.reporter, yearly_control.partner, yearly_control.flow, yearly_control.hs6,
  yearly_control.period, yearly_control.year_native, yearly_control.months_native
from marts.yearly_control
where abs(yearly_control.difference_native) > 0.01 * abs(yearly_control.year_native) + 12
