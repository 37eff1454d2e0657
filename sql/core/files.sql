-- Every raw file behind these tables: what was asked, when it was received, and its checksum.
-- grain: file_id
select
  files.file_id,
  files.source,
  files.kind,
  files.request_id,
  files.corridor,
  files.parameters,
  files.retrieved_at,
  files.outcome,
  cast(files.rows as bigint) as rows,
  files.total,
  files.sha256,
  files.bytes,
  files.origin,
  files.path
from staging.files
