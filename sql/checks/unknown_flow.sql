-- fail: a source sent a flow that config/sources.toml does not list under [<source>.flows]: add it there
select rows.source, rows.flow_code, min(rows.file_id) as file_id, min(rows.row_number) as first_row, count(*) as rows
from core.rows
where rows.flow is null
group by all
