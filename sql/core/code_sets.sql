-- The six-digit codes in each list of codes that was asked for (finer codes count as their first six digits).
-- grain: code_set, hs6
select distinct asked_files.code_set, substr(scopes.member, 1, 6) as hs6
from core.asked_files
join staging.scopes using (file_id)
where scopes.dimension = 'codes' and length(scopes.member) >= 6
