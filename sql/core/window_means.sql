-- Mean monthly exports of a reporter by group in each window of which it covers enough months.
-- grain: reporter, partner, hs_group, side, window_id
select
  group_flows.reporter,
  group_flows.partner,
  group_flows.hs_group,
  windows.side,
  windows.window_id,
  count(*) as months,
  cast(sum(group_flows.compared_usd) / count(*) as decimal(20, 3)) as mean_usd
from core.group_flows
join core.windows using (reporter, period)
where group_flows.compared_usd is not null and windows.window_id <> 'edition'
group by group_flows.reporter, group_flows.partner, group_flows.hs_group, windows.side, windows.window_id
-- A mean over a few of a window's months would pass for the window.
having count(*) >= max(windows.months_needed)
