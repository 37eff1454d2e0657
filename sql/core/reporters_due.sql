-- Reporters due in every month for a partner and a group, for they have published one; the others are only listed.
-- grain: reporter, partner, hs_group
select distinct group_flows.reporter, group_flows.partner, group_flows.hs_group from core.group_flows
