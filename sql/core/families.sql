-- Families of codes that can be compared across HS editions and are asked for; the tier is null where members differ.
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
-- Links also pull in codes that nobody asks for; a family counts once one of its codes is asked for, or was.
where exists (
  select 1
  from ref.family_members
  join ref.hs_codes using (hs6)
  where family_members.family = families.family and hs_codes.is_requested = 'true'
)
or exists (
  select 1
  from ref.family_members
  join core.code_sets using (hs6)
  where family_members.family = families.family
)
