-- Which source speaks for a family in a cell with these offers, and why: of those that cover the whole family the first.
-- grain: offers, family
with rivals as (
  select
    contenders.offers,
    contenders.family,
    count(*) as sources,
    count(*) filter (where contenders.state = 'covered') as covering,
    max(contenders.rank) filter (where contenders.precedence = 2) as next_rank,
    max(contenders.speaks_for) filter (where contenders.precedence = 2) as next_speaks_for
  from core.contenders
  group by all
)
select
  contenders.offers,
  contenders.family,
  case when contenders.state = 'covered' then contenders.source end as source,
  contenders.state,
  contenders.state = 'covered' as is_covered,
  contenders.members_asked,
  contenders.members_expected,
  case
    when contenders.state <> 'covered' then 'no source covers it'
    when rivals.sources = 1 then 'the only source asked'
    when rivals.covering = 1 then 'the only source that covers it'
    when contenders.rank = rivals.next_rank then 'the newest vintage'
    when contenders.speaks_for = 'own' and rivals.next_speaks_for = 'mirror-archive' then 'own customs before the archive'
    else 'the better rank'
  end as reason
from core.contenders
join rivals using (offers, family)
where contenders.precedence = 1
