-- What a newer file changed in cells that its source had answered before: rows new, gone or changed, before and now.
-- grain: file_id, reporter, partner, origin, flow, frequency, period, code
-- by period: core.rows
-- looked up: core.boxes by file_id, core.newer_files by newer, staging.scopes by file_id
with sent as (
  -- Finer codes are added up, as in core.flows: a source that regroups them revises nothing by that.
  select
    rows.file_id,
    rows.replaced_by,
    boxes.retrieved_at,
    rows.source,
    rows.reporter,
    rows.partner,
    rows.origin,
    rows.flow,
    rows.frequency,
    rows.period,
    coalesce(rows.hs6, rows.code) as code,
    rows.family,
    rows.currency,
    rows.value_native,
    rows.value_usd,
    rows.weight_kg,
    rows.quantity
  from core.rows
  join core.boxes using (file_id)
  where rows.reject_reason is null
),
sides as (
  select
    sent.file_id as newer,
    true as is_now,
    sent.retrieved_at,
    sent.source,
    sent.reporter,
    sent.partner,
    sent.origin,
    sent.flow,
    sent.frequency,
    sent.period,
    sent.code,
    sent.family,
    sent.currency,
    sent.value_native,
    sent.value_usd,
    sent.weight_kg,
    sent.quantity
  from sent
  where sent.file_id in (select newer_files.newer from core.newer_files)
  union all
  select
    sent.replaced_by as newer,
    false as is_now,
    sent.retrieved_at,
    sent.source,
    sent.reporter,
    sent.partner,
    sent.origin,
    sent.flow,
    sent.frequency,
    sent.period,
    sent.code,
    sent.family,
    sent.currency,
    sent.value_native,
    sent.value_usd,
    sent.weight_kg,
    sent.quantity
  from sent
  where sent.replaced_by is not null
),
compared as (
  select
    sides.newer as file_id,
    sides.source,
    sides.reporter,
    sides.partner,
    sides.origin,
    sides.flow,
    sides.frequency,
    sides.period,
    sides.code,
    max(sides.family) as family,
    max(sides.currency) as currency,
    case
      when not bool_or(sides.is_now) then 'gone'
      when bool_and(sides.is_now) then 'new'
      else 'changed'
    end as change,
    max(sides.retrieved_at) filter (where not sides.is_now) as received_before,
    sum(sides.value_native) filter (where not sides.is_now) as value_native_before,
    sum(sides.value_usd) filter (where not sides.is_now) as value_usd_before,
    case
      when count(*) filter (where not sides.is_now) = count(sides.weight_kg) filter (where not sides.is_now)
        then sum(sides.weight_kg) filter (where not sides.is_now)
    end as weight_kg_before,
    case
      when count(*) filter (where not sides.is_now) = count(sides.quantity) filter (where not sides.is_now)
        then sum(sides.quantity) filter (where not sides.is_now)
    end as quantity_before,
    sum(sides.value_native) filter (where sides.is_now) as value_native_now,
    sum(sides.value_usd) filter (where sides.is_now) as value_usd_now,
    case
      when count(*) filter (where sides.is_now) = count(sides.weight_kg) filter (where sides.is_now)
        then sum(sides.weight_kg) filter (where sides.is_now)
    end as weight_kg_now,
    case
      when count(*) filter (where sides.is_now) = count(sides.quantity) filter (where sides.is_now)
        then sum(sides.quantity) filter (where sides.is_now)
    end as quantity_now
  from sides
  group by
    sides.newer,
    sides.source,
    sides.reporter,
    sides.partner,
    sides.origin,
    sides.flow,
    sides.frequency,
    sides.period,
    sides.code
),
-- The first figures of a month are no revision, also where the month had been asked for before it was out.
months_held as (
  select sent.source, sent.reporter, sent.frequency, sent.period, min(sent.retrieved_at) as first_received
  from sent
  group by sent.source, sent.reporter, sent.frequency, sent.period
),
-- A row without a forerunner is new only if an older file was asked for its cell; else it is a first answer.
asked_before as (
  select
    compared.file_id,
    compared.reporter,
    compared.partner,
    coalesce(compared.origin, '') as origin,
    compared.flow,
    compared.frequency,
    compared.period,
    compared.code,
    max(older.retrieved_at) as received_before
  from compared
  join months_held using (source, reporter, frequency, period)
  join core.boxes as newer on newer.file_id = compared.file_id and newer.retrieved_at > months_held.first_received
  join core.newer_files on newer_files.newer = compared.file_id
  join core.boxes as older on older.file_id = newer_files.older
  left join staging.scopes as reporters
    on reporters.file_id = older.file_id and reporters.dimension = 'reporters' and reporters.member = compared.reporter
  left join staging.scopes as partners
    on partners.file_id = older.file_id and partners.dimension = 'partners' and partners.member = compared.partner
  left join staging.scopes as flows
    on flows.file_id = older.file_id and flows.dimension = 'flows' and flows.member = compared.flow
  left join staging.scopes as codes
    on codes.file_id = older.file_id and codes.dimension = 'codes' and substr(codes.member, 1, 6) = compared.code
  left join staging.scopes as periods
    on periods.file_id = older.file_id
    and periods.dimension = 'periods'
    and periods.member = substr(cast(compared.period as varchar), 1, case when compared.frequency = 'A' then 4 else 7 end)
  where compared.change = 'new'
    and (older.any_reporter or reporters.member is not null)
    and (older.any_partner or partners.member is not null)
    and (older.any_flow or flows.member is not null)
    and (older.any_code or codes.member is not null)
    and (older.any_period or periods.member is not null)
  group by
    compared.file_id,
    compared.reporter,
    compared.partner,
    coalesce(compared.origin, ''),
    compared.flow,
    compared.frequency,
    compared.period,
    compared.code
)
select
  compared.file_id,
  compared.source,
  compared.reporter,
  compared.partner,
  compared.origin,
  compared.flow,
  compared.frequency,
  compared.period,
  compared.code,
  compared.family,
  compared.change,
  cast(substr(coalesce(compared.received_before, asked_before.received_before), 1, 10) as date) as vintage_before,
  cast(substr(boxes.retrieved_at, 1, 10) as date) as vintage_now,
  compared.currency,
  cast(compared.value_native_before as decimal(20, 3)) as value_native_before,
  cast(compared.value_native_now as decimal(20, 3)) as value_native_now,
  cast(coalesce(compared.value_native_now, 0) - coalesce(compared.value_native_before, 0) as decimal(20, 3))
    as moved_native,
  cast(compared.value_usd_before as decimal(20, 3)) as value_usd_before,
  cast(compared.value_usd_now as decimal(20, 3)) as value_usd_now,
  cast(coalesce(compared.value_usd_now, 0) - coalesce(compared.value_usd_before, 0) as decimal(20, 3)) as moved_usd,
  cast(compared.weight_kg_before as decimal(20, 3)) as weight_kg_before,
  cast(compared.weight_kg_now as decimal(20, 3)) as weight_kg_now,
  cast(compared.quantity_before as decimal(20, 3)) as quantity_before,
  cast(compared.quantity_now as decimal(20, 3)) as quantity_now
from compared
join core.boxes using (file_id)
left join asked_before
  on asked_before.file_id = compared.file_id
  and asked_before.reporter = compared.reporter
  and asked_before.partner = compared.partner
  and asked_before.origin = coalesce(compared.origin, '')
  and asked_before.flow = compared.flow
  and asked_before.frequency = compared.frequency
  and asked_before.period = compared.period
  and asked_before.code = compared.code
where (compared.change <> 'new' or asked_before.file_id is not null)
  and (
    compared.change <> 'changed'
    or compared.value_native_before is distinct from compared.value_native_now
    or compared.weight_kg_before is distinct from compared.weight_kg_now
    or compared.quantity_before is distinct from compared.quantity_now
  )
