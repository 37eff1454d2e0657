-- Exports of the coalition and of the focal origins to each hub by analytic group and month.
-- grain: supplier, partner, hs_group, period
-- by period: core.group_flows, ref.months
with hubs as (
  select economies.iso3 as partner, economies.name as partner_name from ref.economies where economies.role = 'hub'
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
  join core.suppliers on suppliers.reporter = group_flows.reporter and suppliers.supplier <> 'world'
  join hubs using (partner)
  group by all
),
due as (
  select suppliers.supplier, reporters_due.partner, reporters_due.hs_group, count(*) as reporters_due
  from core.reporters_due
  join core.suppliers using (reporter)
  group by all
),
suppliers as (
  select suppliers.supplier, suppliers.supplier_title, count(*) as reporters_listed
  from core.suppliers
  -- Exports from one hub to another are not asked for.
  join ref.economies on economies.iso3 = suppliers.reporter and economies.role in ('origin', 'coalition')
  where suppliers.supplier <> 'world'
  group by all
),
hs_groups as (
  select groups.hs_group, groups.group_title from core.groups where groups.is_whole group by all
)
select
  suppliers.supplier,
  suppliers.supplier_title,
  hubs.partner,
  hubs.partner_name,
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
cross join hubs
cross join hs_groups
cross join ref.months
left join flows
  on flows.supplier = suppliers.supplier
  and flows.partner = hubs.partner
  and flows.hs_group = hs_groups.hs_group
  and flows.period = months.period
left join due
  on due.supplier = suppliers.supplier and due.partner = hubs.partner and due.hs_group = hs_groups.hs_group
