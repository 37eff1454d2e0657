-- Rows of which the cell was asked for again: the newest answer speaks for a cell, also where it no longer has a row.
-- grain: file_id, row_number
-- by period: staging.flows
-- looked up: core.boxes by file_id, core.newer_files by newer, staging.scopes by file_id
with older as (
  select
    sent.file_id,
    sent.row_number,
    sent.period,
    newer_files.newer,
    reporters.iso3 as reporter,
    partners.iso3 as partner,
    source_flows.flow,
    sent.code,
    case when length(sent.code) >= 6 then substr(sent.code, 1, 6) end as hs6,
    substr(cast(sent.period as varchar), 1, case when sent.frequency = 'A' then 4 else 7 end) as label
  from staging.flows as sent
  join core.newer_files on newer_files.older = sent.file_id
  left join ref.economy_codes as reporters on reporters.source = sent.source and reporters.code = sent.reporter_code
  left join ref.economy_codes as partners on partners.source = sent.source and partners.code = sent.partner_code
  left join ref.source_flows on source_flows.source = sent.source and source_flows.code = sent.flow_code
)
select
  older.file_id,
  older.row_number,
  older.period,
  -- The first that was asked for the cell ended the row.
  arg_min(boxes.file_id, boxes.retrieved_at || ' ' || boxes.file_id) as replaced_by
from older
join core.boxes on boxes.file_id = older.newer
left join staging.scopes as reporters
  on reporters.file_id = older.newer and reporters.dimension = 'reporters' and reporters.member = older.reporter
left join staging.scopes as partners
  on partners.file_id = older.newer and partners.dimension = 'partners' and partners.member = older.partner
left join staging.scopes as flows
  on flows.file_id = older.newer and flows.dimension = 'flows' and flows.member = older.flow
left join staging.scopes as codes
  on codes.file_id = older.newer and codes.dimension = 'codes' and codes.member = older.code
left join staging.scopes as wider_codes
  on wider_codes.file_id = older.newer and wider_codes.dimension = 'codes' and wider_codes.member = older.hs6
left join staging.scopes as periods
  on periods.file_id = older.newer and periods.dimension = 'periods' and periods.member = older.label
where (boxes.any_reporter or reporters.member is not null)
  and (boxes.any_partner or partners.member is not null)
  and (boxes.any_flow or flows.member is not null)
  and (boxes.any_code or codes.member is not null or wider_codes.member is not null)
  and (boxes.any_period or periods.member is not null)
group by older.file_id, older.row_number, older.period
