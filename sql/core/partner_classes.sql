-- Which class of buyers a partner belongs to when prices are compared.
-- grain: partner
select
  economies.iso3 as partner,
  case
    when economies.role = 'focal' then 'focal'
    when economies.role in ('hub', 'origin') then 'hub'
    else 'elsewhere'
  end as partner_class
from ref.economies
where economies.role not in ('group', 'nes')
