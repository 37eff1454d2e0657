-- How many of a family's codes in an edition each combination of code lists asks for.
-- grain: code_sets, hs_edition, family
with combinations as (
  select distinct asked.code_sets from core.asked
)
select
  combinations.code_sets,
  family_members.hs_edition,
  family_members.family,
  count(distinct case
    when combinations.code_sets = 'all' or code_sets.hs6 is not null then family_members.hs6
  end) as members_asked,
  count(distinct family_members.hs6) as members_expected
from combinations
cross join ref.family_members
left join core.code_sets
  on code_sets.hs6 = family_members.hs6 and strpos(combinations.code_sets, code_sets.code_set) > 0
group by all
