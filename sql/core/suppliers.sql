-- Who counts as which supplier: each focal origin, all of them together, the roles, each hub by itself, and the world.
-- grain: supplier, reporter
with origins as (
  select
    economies.iso3,
    economies.name,
    lower(replace(economies.name, ' ', '')) as supplier,
    strpos(study.value, economies.iso3) as place
  from ref.economies
  join ref.study on study.key = 'focal_origins' and strpos(study.value, economies.iso3) > 0
),
together as (
  select
    string_agg(origins.supplier, '_' order by origins.place) as supplier,
    string_agg(origins.name, ' and ' order by origins.place) as supplier_title
  from origins
  having count(*) > 1
),
others as (
  select economies.iso3, economies.name, economies.role
  from ref.economies
  left join origins using (iso3)
  where economies.role in ('coalition', 'hub', 'rest') and origins.iso3 is null
)
select origins.supplier, origins.name as supplier_title, origins.iso3 as reporter, true as is_exclusive from origins
union all
select together.supplier, together.supplier_title, origins.iso3 as reporter, false as is_exclusive
from together
cross join origins
union all
select
  others.role as supplier,
  case others.role when 'coalition' then 'Coalition' when 'hub' then 'Hubs' else 'Other reporters' end
    as supplier_title,
  others.iso3 as reporter,
  true as is_exclusive
from others
union all
select others.iso3 as supplier, others.name as supplier_title, others.iso3 as reporter, false as is_exclusive
from others
where others.role = 'hub'
union all
select 'world' as supplier, 'All reporters' as supplier_title, others.iso3 as reporter, false as is_exclusive
from others
union all
select 'world' as supplier, 'All reporters' as supplier_title, origins.iso3 as reporter, false as is_exclusive
from origins
