-- fail: a file holds rows its request did not ask for, so it covers not what it says: import it again, or report it
with boxes as (
  select files.file_id,
    count(*) filter (where scopes.dimension = 'reporters') > 0 as by_reporter,
    count(*) filter (where scopes.dimension = 'partners') > 0 as by_partner,
    count(*) filter (where scopes.dimension = 'flows') > 0 as by_flow,
    count(*) filter (where scopes.dimension = 'codes') > 0 as by_code,
    count(*) filter (where scopes.dimension = 'periods') > 0 as by_period
  from staging.files
  left join staging.scopes using (file_id)
  where files.kind = 'data'
  group by all
)
select rows.file_id, rows.row_number, rows.reporter, rows.partner, rows.flow, rows.period, rows.code
from core.rows
join boxes using (file_id)
left join staging.scopes as reporters
  on reporters.file_id = rows.file_id and reporters.dimension = 'reporters' and reporters.member = rows.reporter
left join staging.scopes as partners
  on partners.file_id = rows.file_id and partners.dimension = 'partners' and partners.member = rows.partner
left join staging.scopes as flows
  on flows.file_id = rows.file_id and flows.dimension = 'flows' and flows.member = rows.flow
left join staging.scopes as codes
  on codes.file_id = rows.file_id and codes.dimension = 'codes' and codes.member = rows.code
left join staging.scopes as wider_codes
  on wider_codes.file_id = rows.file_id and wider_codes.dimension = 'codes' and wider_codes.member = rows.hs6
left join staging.scopes as periods
  on periods.file_id = rows.file_id
  and periods.dimension = 'periods'
  and periods.member = substr(cast(rows.period as varchar), 1, case when rows.frequency = 'A' then 4 else 7 end)
-- What is rejected counts nowhere: totals and groups that a source adds by itself.
where rows.lands_in <> 'rejected'
  and (
    (boxes.by_reporter and reporters.member is null)
    or (boxes.by_partner and partners.member is null)
    or (boxes.by_flow and flows.member is null)
    or (boxes.by_code and codes.member is null and wider_codes.member is null)
    or (boxes.by_period and periods.member is null)
  )
