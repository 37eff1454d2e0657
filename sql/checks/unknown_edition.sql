-- fail: six-digit codes in an HS edition that config/project.toml does not list: add it there as [[hs_edition]]
select rows.source, rows.hs_edition, min(rows.period) as first_period, max(rows.period) as last_period,
  min(rows.file_id) as file_id, min(rows.row_number) as first_row, count(*) as rows
from core.rows
left join ref.editions using (hs_edition)
where editions.hs_edition is null and rows.lands_in in ('flows', 'flows_yearly')
group by all
