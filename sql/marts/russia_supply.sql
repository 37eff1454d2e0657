-- What the focal destination was sent, by exporter, family and month, from exports alone, with each exporter's share.
-- grain: reporter, family, period
with due as (
  select direct.family, count(distinct direct.reporter) as reporters_due
  from marts.direct
  where direct.is_covered
  group by all
),
months as (
  select
    direct.family,
    direct.period,
    cast(sum(direct.value_usd) as decimal(20, 3)) as total_usd,
    count(*) as reporters_published
  from marts.direct
  where direct.is_covered
  group by all
)
select
  direct.reporter,
  direct.reporter_name,
  direct.role,
  direct.supplier,
  direct.partner,
  direct.flow,
  direct.family,
  direct.family_title,
  direct.tier,
  direct.period,
  direct.value_usd,
  direct.weight_kg,
  months.total_usd,
  cast(direct.value_usd as double) / nullif(cast(months.total_usd as double), 0) as share_of_supply,
  due.reporters_due,
  months.reporters_published,
  months.reporters_published = due.reporters_due as is_complete
from marts.direct
join months using (family, period)
join due using (family)
where direct.is_covered and direct.value_usd <> 0
