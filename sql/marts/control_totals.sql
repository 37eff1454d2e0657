-- Headings of four digits beside the sum of their six-digit codes, by source: the difference is withheld at six digits.
-- grain: source, reporter, partner, flow, period, heading
-- by period: core.asked, core.flows, core.headings
-- looked up: core.code_sets by code_set
with codes as (
  select distinct substr(hs_codes.hs6, 1, 4) as heading, editions.hs_edition, hs_codes.hs6
  from ref.hs_codes
  join ref.editions on editions.codes_as = hs_codes.hs_edition
  where length(hs_codes.hs6) = 6 and hs_codes.is_requested = 'true'
),
lists as (
  select distinct asked.code_sets from core.asked
),
asked_of as (
  select
    lists.code_sets,
    codes.hs_edition,
    codes.heading,
    count(distinct codes.hs6) as codes_expected,
    count(distinct case when lists.code_sets = 'all' or code_sets.hs6 is not null then codes.hs6 end) as codes_asked
  from lists
  cross join codes
  left join core.code_sets on code_sets.hs6 = codes.hs6 and strpos(lists.code_sets, code_sets.code_set) > 0
  group by lists.code_sets, codes.hs_edition, codes.heading
),
headings as (
  select
    headings.source,
    headings.reporter,
    headings.partner,
    headings.flow,
    headings.period,
    headings.code as heading,
    max(headings.hs_edition) as hs_edition,
    sum(headings.value_usd) as heading_usd
  from core.headings
  where headings.frequency = 'M' and length(headings.code) = 4
  group by all
),
summed as (
  select
    flows.source,
    flows.reporter,
    flows.partner,
    flows.flow,
    flows.period,
    substr(flows.hs6, 1, 4) as heading,
    sum(flows.value_usd) as codes_usd,
    count(*) as rows
  from core.flows
  group by all
)
select
  headings.source,
  headings.reporter,
  headings.partner,
  headings.flow,
  headings.period,
  headings.heading,
  asked_of.codes_asked,
  asked_of.codes_expected,
  coalesce(summed.rows, 0) as rows,
  cast(headings.heading_usd as decimal(20, 3)) as heading_usd,
  cast(coalesce(summed.codes_usd, 0) as decimal(20, 3)) as codes_usd,
  cast(headings.heading_usd - coalesce(summed.codes_usd, 0) as decimal(20, 3)) as withheld_usd,
  1 - cast(coalesce(summed.codes_usd, 0) as double) / nullif(cast(headings.heading_usd as double), 0) as share_withheld
from headings
join core.asked using (source, reporter, partner, flow, period)
join asked_of
  on asked_of.code_sets = asked.code_sets
  and asked_of.hs_edition = headings.hs_edition
  and asked_of.heading = headings.heading
left join summed
  on summed.source = headings.source
  and summed.reporter = headings.reporter
  and summed.partner = headings.partner
  and summed.flow = headings.flow
  and summed.period = headings.period
  and summed.heading = headings.heading
-- Where only some of its codes were asked the difference says nothing.
where asked_of.codes_asked = asked_of.codes_expected
