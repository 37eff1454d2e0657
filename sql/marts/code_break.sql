-- Exports to the focal destination read code by code before and after: how much of the change is nomenclature alone.
-- grain: supplier, family, hs6, baseline, after_window
with focal as (
  select study.value as partner from ref.study where study.key = 'focal_destination'
),
newest as (
  select codes_as as hs_edition from ref.editions order by in_force desc limit 1
),
previous as (
  select editions.codes_as as hs_edition
  from ref.editions
  cross join newest
  where editions.codes_as <> newest.hs_edition
  order by editions.in_force desc
  limit 1
),
members as (
  select
    family_members.family,
    family_members.hs6,
    bool_or(family_members.hs_edition = previous.hs_edition) as is_in_previous,
    bool_or(family_members.hs_edition = newest.hs_edition) as is_in_newest
  from ref.family_members
  join core.families using (family)
  cross join previous
  cross join newest
  where family_members.hs_edition in (previous.hs_edition, newest.hs_edition)
  group by all
),
codes as (
  select
    members.family,
    members.hs6,
    members.is_in_previous,
    members.is_in_newest,
    -- What the goods under a number are compared by: the codes of the edition that has the number, the newest first.
    count(*) filter (where members.is_in_newest) over (partition by members.family) as codes_newest,
    count(*) filter (where members.is_in_previous) over (partition by members.family) as codes_previous
  from members
),
family_means as (
  select
    direct.reporter,
    direct.family,
    windows.side,
    windows.window_id,
    count(*) as months,
    cast(sum(direct.value_usd) / count(*) as decimal(28, 6)) as mean_usd
  from marts.direct
  join core.windows using (reporter, period)
  where direct.compared_usd is not null
  group by all
  having count(*) >= max(windows.months_needed)
),
code_sums as (
  select flows.reporter, flows.family, flows.hs6, windows.side, windows.window_id, sum(flows.value_usd) as value_usd
  from core.flows
  join focal using (partner)
  join marts.direct using (source, reporter, family, period)
  join core.windows using (reporter, period)
  where flows.flow = 'export' and direct.compared_usd is not null
  group by all
),
-- A covered family of which a code has no row sent nothing under that code.
means as (
  select
    family_means.reporter,
    codes.family,
    codes.hs6,
    family_means.side,
    family_means.window_id,
    family_means.months,
    cast(coalesce(code_sums.value_usd, 0) / family_means.months as decimal(28, 6)) as mean_usd,
    family_means.mean_usd as family_mean_usd
  from family_means
  join codes using (family)
  left join code_sums using (reporter, family, hs6, side, window_id)
),
-- Only reporters that cover enough months on both sides are compared.
panel as (
  select
    suppliers.supplier,
    early.family,
    early.hs6,
    early.window_id as baseline,
    late.window_id as after_window,
    count(*) as reporters_used,
    min(early.months) as months_before,
    min(late.months) as months_after,
    cast(sum(early.mean_usd) as decimal(20, 3)) as mean_before_usd,
    cast(sum(late.mean_usd) as decimal(20, 3)) as mean_after_usd,
    cast(sum(early.family_mean_usd) as decimal(20, 3)) as family_before_usd,
    cast(sum(late.family_mean_usd) as decimal(20, 3)) as family_after_usd
  from means as early
  join means as late
    on late.reporter = early.reporter
    and late.family = early.family
    and late.hs6 = early.hs6
    and (late.window_id = 'edition') = (early.window_id = 'edition')
  join core.suppliers on suppliers.reporter = early.reporter
  where early.side = 'before' and late.side = 'after'
  group by all
),
pairs as (
  select baselines.baseline, windows_after.window_id as after_window
  from ref.baselines
  cross join ref.windows_after
  union all
  select 'edition' as baseline, 'edition' as after_window
),
suppliers as (
  select distinct suppliers.supplier, suppliers.supplier_title from core.suppliers
),
compared as (
  select
    suppliers.supplier,
    suppliers.supplier_title,
    codes.family,
    codes.hs6,
    codes.is_in_previous,
    codes.is_in_newest,
    pairs.baseline,
    pairs.after_window,
    panel.months_before,
    panel.months_after,
    coalesce(panel.reporters_used, 0) as reporters_used,
    panel.mean_before_usd,
    panel.mean_after_usd,
    panel.mean_after_usd - panel.mean_before_usd as change_usd,
    panel.family_before_usd,
    panel.family_after_usd,
    panel.family_after_usd - panel.family_before_usd as family_change_usd,
    -- The code's part of its family, in the newest edition that has the number.
    case
      when codes.is_in_newest and codes.codes_newest = 1 then 1
      when codes.is_in_newest
        then cast(panel.mean_after_usd as double) / nullif(cast(panel.family_after_usd as double), 0)
      when codes.codes_previous = 1 then 1
      else cast(panel.mean_before_usd as double) / nullif(cast(panel.family_before_usd as double), 0)
    end as share_of_family
  from suppliers
  cross join codes
  cross join pairs
  left join panel
    on panel.supplier = suppliers.supplier
    and panel.family = codes.family
    and panel.hs6 = codes.hs6
    and panel.baseline = pairs.baseline
    and panel.after_window = pairs.after_window
),
goods as (
  select
    compared.supplier,
    compared.family,
    compared.hs6,
    compared.baseline,
    compared.after_window,
    case
      when compared.family_change_usd = 0 then 0
      else cast(compared.family_change_usd * compared.share_of_family as decimal(20, 3))
    end as comparable_change_usd
  from compared
)
select
  compared.supplier,
  compared.supplier_title,
  focal.partner,
  'export' as flow,
  compared.family,
  families.short_title as family_title,
  families.break_class,
  compared.hs6,
  compared.is_in_previous,
  compared.is_in_newest,
  compared.baseline,
  compared.after_window,
  compared.months_before,
  compared.months_after,
  compared.reporters_used,
  compared.mean_before_usd,
  compared.mean_after_usd,
  compared.change_usd,
  compared.family_before_usd,
  compared.family_after_usd,
  compared.family_change_usd,
  compared.share_of_family,
  goods.comparable_change_usd,
  compared.change_usd - goods.comparable_change_usd as nomenclature_usd
from compared
join goods using (supplier, family, hs6, baseline, after_window)
cross join focal
join core.families using (family)
