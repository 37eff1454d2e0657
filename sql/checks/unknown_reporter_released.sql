-- fail: a list of releases names a reporter that config/economies.csv does not know: add its code there
select availability.source, availability.reporter_code, min(availability.file_id) as file_id, count(*) as months
from staging.availability
left join ref.economy_codes
  on economy_codes.source = availability.source and economy_codes.code = availability.reporter_code
where economy_codes.iso3 is null
group by all
