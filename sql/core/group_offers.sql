-- Which combinations of offers cover every family of an analytic group, so that its total may be formed.
-- grain: offers, hs_group
select preferred.offers, groups.hs_group
from core.preferred
join core.groups using (family)
where groups.is_whole
group by preferred.offers, groups.hs_group
having bool_and(preferred.is_covered)
