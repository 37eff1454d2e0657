-- Pairs of files of one source in which the newer one was asked for part of what the older one holds.
-- grain: older, newer
with boxes as (
  select
    files.file_id,
    files.source,
    files.retrieved_at,
    count(*) filter (where scopes.dimension = 'reporters') = 0 as any_reporter,
    count(*) filter (where scopes.dimension = 'partners') = 0 as any_partner,
    count(*) filter (where scopes.dimension = 'flows') = 0 as any_flow,
    count(*) filter (where scopes.dimension = 'codes') = 0 as any_code,
    count(*) filter (where scopes.dimension = 'periods') = 0 as any_period
  from staging.files
  left join staging.scopes using (file_id)
  where files.kind = 'data'
  group by all
),
-- A source's finer code lies inside the six-digit code that was asked for, and the other way round.
members as (
  select scopes.file_id, scopes.dimension, substr(scopes.member, 1, 6) as member
  from staging.scopes
  where scopes.dimension = 'codes'
  union
  select scopes.file_id, scopes.dimension, scopes.member from staging.scopes where scopes.dimension <> 'codes'
),
in_time as (
  select older.file_id as older, newer.file_id as newer
  from members as older
  join members as newer using (dimension, member)
  where older.dimension = 'periods'
  union
  select older.file_id as older, newer.file_id as newer
  from boxes as older
  join boxes as newer using (source)
  where older.any_period or newer.any_period
),
candidates as (
  select
    in_time.older,
    in_time.newer,
    older.any_reporter or newer.any_reporter as either_reporter,
    older.any_partner or newer.any_partner as either_partner,
    older.any_flow or newer.any_flow as either_flow,
    older.any_code or newer.any_code as either_code,
    newer.any_reporter,
    newer.any_partner,
    newer.any_flow,
    newer.any_code,
    newer.any_period
  from in_time
  join boxes as older on older.file_id = in_time.older
  join boxes as newer on newer.file_id = in_time.newer and newer.source = older.source
  where newer.retrieved_at > older.retrieved_at
    or (newer.retrieved_at = older.retrieved_at and newer.file_id > older.file_id)
),
shared as (
  select
    candidates.older,
    candidates.newer,
    bool_or(older.dimension = 'reporters') as reporters,
    bool_or(older.dimension = 'partners') as partners,
    bool_or(older.dimension = 'flows') as flows,
    bool_or(older.dimension = 'codes') as codes
  from candidates
  join members as older on older.file_id = candidates.older
  join members as newer
    on newer.file_id = candidates.newer and newer.dimension = older.dimension and newer.member = older.member
  group by all
)
select
  candidates.older,
  candidates.newer,
  candidates.any_reporter,
  candidates.any_partner,
  candidates.any_flow,
  candidates.any_code,
  candidates.any_period
from candidates
left join shared using (older, newer)
where (candidates.either_reporter or shared.reporters)
  and (candidates.either_partner or shared.partners)
  and (candidates.either_flow or shared.flows)
  and (candidates.either_code or shared.codes)
