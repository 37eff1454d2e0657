-- Pairs of files of one source in which the newer one was asked for part of what the older one holds.
-- grain: older, newer
-- A source's finer code lies inside the six-digit code that was asked for, and the other way round.
with members as (
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
  from core.boxes as older
  join core.boxes as newer using (source)
  where older.any_period or newer.any_period
),
candidates as (
  select
    in_time.older,
    in_time.newer,
    older.any_reporter or newer.any_reporter as either_reporter,
    older.any_partner or newer.any_partner as either_partner,
    older.any_flow or newer.any_flow as either_flow,
    older.any_code or newer.any_code as either_code
  from in_time
  join core.boxes as older on older.file_id = in_time.older
  join core.boxes as newer on newer.file_id = in_time.newer and newer.source = older.source
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
select candidates.older, candidates.newer
from candidates
left join shared using (older, newer)
where (candidates.either_reporter or shared.reporters)
  and (candidates.either_partner or shared.partners)
  and (candidates.either_flow or shared.flows)
  and (candidates.either_code or shared.codes)
