-- fail: a file holds rows its request did not ask for, so it covers not what it says: import it again, or report it
select rows.file_id, rows.row_number, rows.reporter, rows.partner, rows.flow, rows.period, rows.code
from core.rows
join core.boxes using (file_id)
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
where rows.reject_reason is null
  and (
    (not boxes.any_reporter and reporters.member is null)
    or (not boxes.any_partner and partners.member is null)
    or (not boxes.any_flow and flows.member is null)
    or (not boxes.any_code and codes.member is null and wider_codes.member is null)
    or (not boxes.any_period and periods.member is null)
  )
