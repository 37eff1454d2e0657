-- Families of codes that can be compared across HS editions; the tier is null where the members' tiers differ.
-- grain: family
with newest as (
  select codes_as as hs_edition from ref.editions order by in_force desc limit 1
),
members as (
  select
    family_members.family,
    count(*) as codes,
    count(distinct coalesce(nullif(hs_codes.tier, ''), 'none')) as tiers,
    min(nullif(hs_codes.tier, '')) as tier
  from ref.family_members
  join newest using (hs_edition)
  left join ref.hs_codes using (hs6, hs_edition)
  group by all
)
select
  families.family,
  families.title,
  families.short_title,
  families.break_class,
  case when members.tiers = 1 then members.tier end as tier,
  coalesce(members.codes, 0) as codes
from ref.families
left join members using (family)
