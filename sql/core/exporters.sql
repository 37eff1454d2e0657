-- Whose exports to the focal destination are shown: the named roles always, others only once they have published a month.
-- grain: reporter
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
)
select suppliers.reporter, suppliers.supplier
from core.suppliers
join ref.economies on economies.iso3 = suppliers.reporter
where suppliers.is_exclusive
  and (
    economies.role <> 'rest'
    or exists (
      select 1
      from core.offers
      join focal using (partner)
      where offers.reporter = suppliers.reporter and offers.state = 'published'
    )
  )
