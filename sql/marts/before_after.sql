-- Mean monthly exports to the focal destination before and after, by reporter and family, over covered months.
-- grain: reporter, family, baseline, after_window
with before as (
  select
    direct.reporter,
    direct.family,
    baselines.baseline,
    count(*) as months_before,
    -- A mean over a few of a window's months would pass for the window.
    case
      when count(*) >= max(cast(baselines.months_needed as bigint))
        then cast(sum(direct.compared_usd) / count(*) as decimal(20, 3))
    end as mean_before_usd
  from marts.direct
  join ref.baselines
    on direct.period between cast(baselines.start_period as date) and cast(baselines.end_period as date)
  where direct.compared_usd is not null
  group by all
),
later as (
  select
    direct.reporter,
    direct.family,
    windows_after.window_id as after_window,
    count(*) as months_after,
    case
      when count(*) >= max(cast(windows_after.months_needed as bigint))
        then cast(sum(direct.compared_usd) / count(*) as decimal(20, 3))
    end as mean_after_usd
  from marts.direct
  join ref.windows_after
    on direct.period between cast(windows_after.start_period as date) and cast(windows_after.end_period as date)
  where direct.compared_usd is not null
  group by all
),
lines as (
  select distinct
    direct.reporter,
    direct.reporter_name,
    direct.role,
    direct.supplier,
    direct.partner,
    direct.flow,
    direct.family,
    direct.family_title,
    direct.tier
  from marts.direct
)
select
  lines.reporter,
  lines.reporter_name,
  lines.role,
  lines.supplier,
  lines.partner,
  lines.flow,
  lines.family,
  lines.family_title,
  lines.tier,
  baselines.baseline,
  windows_after.window_id as after_window,
  coalesce(before.months_before, 0) as months_before,
  coalesce(later.months_after, 0) as months_after,
  before.mean_before_usd,
  later.mean_after_usd,
  later.mean_after_usd - before.mean_before_usd as change_usd,
  cast(later.mean_after_usd as double) / nullif(cast(before.mean_before_usd as double), 0) as ratio
from lines
cross join ref.baselines
cross join ref.windows_after
left join before
  on before.reporter = lines.reporter and before.family = lines.family and before.baseline = baselines.baseline
left join later
  on later.reporter = lines.reporter and later.family = lines.family and later.after_window = windows_after.window_id
