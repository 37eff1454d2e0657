-- What each source says of a family in a cell with these offers, in the order in which they would speak.
-- grain: offers, family, source
with combinations as (
  select distinct cells.offers from core.cells
),
choices as (
  select distinct offers.offer, offers.source, offers.state, offers.hs_edition, offers.code_sets, offers.withheld
  from core.offers
),
judged as (
  select
    combinations.offers,
    families.family,
    choices.source,
    sources.speaks_for,
    cast(sources.rank as integer) as rank,
    strpos(combinations.offers, choices.offer) as place,
    coalesce(family_coverage.members_asked, 0) as members_asked,
    coalesce(family_coverage.members_expected, 0) as members_expected,
    case
      when choices.state <> 'published' then choices.state
      when strpos(choices.withheld, families.family) > 0 then 'withheld'
      when coalesce(family_coverage.members_asked, 0) = 0 then 'not_asked'
      when family_coverage.members_asked < family_coverage.members_expected then 'partly_asked'
      else 'covered'
    end as state
  from combinations
  join choices on strpos(combinations.offers, choices.offer) > 0
  join ref.sources using (source)
  cross join core.families
  left join core.family_coverage
    on family_coverage.code_sets = choices.code_sets
    and family_coverage.hs_edition = choices.hs_edition
    and family_coverage.family = families.family
)
select
  judged.offers,
  judged.family,
  judged.source,
  judged.speaks_for,
  judged.rank,
  judged.state,
  judged.members_asked,
  judged.members_expected,
  -- Who covers the whole family; then own customs before the archive, by rank; then the newest vintage.
  cast(row_number() over (
    partition by judged.offers, judged.family
    order by
      case judged.state
        when 'covered' then 1
        when 'withheld' then 2
        when 'partly_asked' then 3
        when 'not_published' then 4
        when 'unknown' then 5
        else 6
      end,
      judged.rank,
      judged.place
  ) as bigint) as precedence
from judged
