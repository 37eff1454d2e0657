-- Which families an analytic group or tier holds; only whole families are ever added up.
-- grain: hs_group, family
with newest as (
  select codes_as as hs_edition from ref.editions order by in_force desc limit 1
),
members as (
  select family_members.family, family_members.hs6, nullif(hs_codes.tier, '') as tier
  from ref.family_members
  join newest using (hs_edition)
  left join ref.hs_codes using (hs6, hs_edition)
),
listed as (
  select group_id as hs_group, group_title, hs6 from ref.hs_group_codes
  union all
  select 'tier_' || members.tier as hs_group, 'Tier ' || members.tier as group_title, members.hs6
  from members
  where members.tier is not null
),
sizes as (
  select members.family, count(*) as codes_in_family from members group by all
)
select
  listed.hs_group,
  listed.group_title,
  members.family,
  count(*) as codes_in_group,
  max(sizes.codes_in_family) as codes_in_family,
  count(*) = max(sizes.codes_in_family) as is_whole
from listed
join members using (hs6)
join sizes using (family)
group by all
