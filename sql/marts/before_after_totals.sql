-- Mean monthly exports to the focal destination before and after, by supplier and group, same reporters on both sides.
-- grain: supplier, hs_group, baseline, after_window
-- Only reporters that cover enough months on both sides are compared: one who fell silent must not look like lost trade.
with panel as (
  select
    suppliers.supplier,
    before.partner,
    before.hs_group,
    before.window_id as baseline,
    later.window_id as after_window,
    count(*) as reporters_used,
    min(before.months) as months_before,
    min(later.months) as months_after,
    cast(sum(before.mean_usd) as decimal(20, 3)) as mean_before_usd,
    cast(sum(later.mean_usd) as decimal(20, 3)) as mean_after_usd
  from core.window_means as before
  join core.window_means as later using (reporter, partner, hs_group)
  join core.suppliers using (reporter)
  where before.side = 'before' and later.side = 'after'
  group by all
),
totals as (
  select
    direct_totals.supplier,
    direct_totals.supplier_title,
    direct_totals.partner,
    direct_totals.flow,
    direct_totals.hs_group,
    direct_totals.group_title,
    max(direct_totals.reporters_due) as reporters_due
  from marts.direct_totals
  group by all
)
select
  totals.supplier,
  totals.supplier_title,
  totals.partner,
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
