-- Mean monthly exports to each hub before and after, by supplier and group, over the same reporters on both sides.
-- grain: supplier, partner, hs_group, baseline, after_window
with before as (
  select
    group_flows.reporter,
    group_flows.partner,
    group_flows.hs_group,
    baselines.baseline,
    count(*) as months,
    sum(group_flows.value_usd) / count(*) as mean_usd
  from core.group_flows
  join ref.baselines
    on group_flows.period between cast(baselines.start_period as date) and cast(baselines.end_period as date)
  group by all
  having count(*) >= max(cast(baselines.months_needed as bigint))
),
later as (
  select
    group_flows.reporter,
    group_flows.partner,
    group_flows.hs_group,
    windows_after.window_id as after_window,
    count(*) as months,
    sum(group_flows.value_usd) / count(*) as mean_usd
  from core.group_flows
  join ref.windows_after
    on group_flows.period between cast(windows_after.start_period as date) and cast(windows_after.end_period as date)
  group by all
  having count(*) >= max(cast(windows_after.months_needed as bigint))
),
-- Only reporters that cover enough months on both sides are compared: one who fell silent must not look like lost trade.
panel as (
  select
    suppliers.supplier,
    before.partner,
    before.hs_group,
    before.baseline,
    later.after_window,
    count(*) as reporters_used,
    min(before.months) as months_before,
    min(later.months) as months_after,
    cast(sum(before.mean_usd) as decimal(20, 3)) as mean_before_usd,
    cast(sum(later.mean_usd) as decimal(20, 3)) as mean_after_usd
  from before
  join later using (reporter, partner, hs_group)
  join core.suppliers using (reporter)
  group by all
),
totals as (
  select
    hub_totals.supplier,
    hub_totals.supplier_title,
    hub_totals.partner,
    hub_totals.partner_name,
    hub_totals.flow,
    hub_totals.hs_group,
    hub_totals.group_title,
    max(hub_totals.reporters_due) as reporters_due
  from marts.hub_totals
  group by all
)
select
  totals.supplier,
  totals.supplier_title,
  totals.partner,
  totals.partner_name,
  totals.flow,
  totals.hs_group,
  totals.group_title,
  baselines.baseline,
  windows_after.window_id as after_window,
  panel.months_before,
  panel.months_after,
  coalesce(panel.reporters_used, 0) as reporters_used,
  totals.reporters_due - coalesce(panel.reporters_used, 0) as reporters_left_out,
  panel.mean_before_usd,
  panel.mean_after_usd,
  panel.mean_after_usd - panel.mean_before_usd as change_usd,
  cast(panel.mean_after_usd as double) / nullif(cast(panel.mean_before_usd as double), 0) as ratio
from totals
cross join ref.baselines
cross join ref.windows_after
left join panel
  on panel.supplier = totals.supplier
  and panel.partner = totals.partner
  and panel.hs_group = totals.hs_group
  and panel.baseline = baselines.baseline
  and panel.after_window = windows_after.window_id
