-- fail: a source sent a unit of quantity that config/sources.toml does not list under [<source>.units]: add it there
select rows.source, rows.quantity_unit_code, min(rows.file_id) as file_id, min(rows.row_number) as first_row,
  count(*) as rows
from core.rows
left join ref.source_units on source_units.source = rows.source and source_units.code = rows.quantity_unit_code
where rows.quantity_unit_code is not null and source_units.code is null
group by all
