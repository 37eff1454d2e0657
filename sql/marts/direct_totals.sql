-- Exports to the focal destination by supplier, analytic group and month, over the reporters that cover the group.
-- grain: supplier, hs_group, period
-- by period: core.group_flows, ref.months
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
flows as (
  select
    suppliers.supplier,
    group_flows.partner,
    group_flows.hs_group,
    group_flows.period,
    sum(group_flows.value_usd) as value_usd,
    case when count(*) = count(group_flows.weight_kg) then sum(group_flows.weight_kg) end as weight_kg,
    count(*) as reporters_published
  from core.group_flows
  join core.suppliers using (reporter)
  join focal using (partner)
  group by all
),
due as (
  select
    suppliers.supplier,
    reporters_due.partner,
    reporters_due.hs_group,
    count(distinct reporters_due.reporter) as reporters_due
  from core.reporters_due
  join core.suppliers using (reporter)
  join focal using (partner)
  group by all
),
suppliers as (
  select suppliers.supplier, suppliers.supplier_title, count(*) as reporters_listed
  from core.suppliers
  group by all
),
hs_groups as (
  select groups.hs_group, groups.group_title from core.groups where groups.is_whole group by all
)
select
  suppliers.supplier,
  suppliers.supplier_title,
  focal.partner,
  'export' as flow,
  hs_groups.hs_group,
  hs_groups.group_title,
  months.period,
  cast(flows.value_usd as decimal(20, 3)) as value_usd,
  cast(flows.weight_kg as decimal(20, 3)) as weight_kg,
  suppliers.reporters_listed,
  coalesce(due.reporters_due, 0) as reporters_due,
  coalesce(flows.reporters_published, 0) as reporters_published,
  coalesce(flows.reporters_published = due.reporters_due, false) as is_complete
from suppliers
cross join focal
cross join hs_groups
cross join ref.months
left join flows
  on flows.supplier = suppliers.supplier
  and flows.partner = focal.partner
  and flows.hs_group = hs_groups.hs_group
  and flows.period = months.period
left join due
  on due.supplier = suppliers.supplier and due.partner = focal.partner and due.hs_group = hs_groups.hs_group
