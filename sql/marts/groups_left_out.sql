-- Families that stand in a group or tier only in part and are therefore in none of its totals, with the reason.
-- grain: hs_group, family
select
  groups.hs_group,
  groups.group_title,
  groups.family,
  families.short_title as family_title,
  groups.codes_in_group,
  groups.codes_in_family,
  'only ' || groups.codes_in_group || ' of its ' || groups.codes_in_family || ' codes belong to the group' as reason
from core.groups
join core.families using (family)
where not groups.is_whole
