-- One UN Comtrade answer about availability (getDA, JSON): which reporter's month was released when, in which edition.
-- grain: row_number
with envelope as (
  select
    json_transform_strict(
      content,
      '{"data": [{
        "freqCode": "varchar", "period": "varchar", "reporterCode": "varchar", "classificationCode": "varchar",
        "firstReleased": "varchar", "lastReleased": "varchar"
      }]}'
    ).data as lines
  from received
),
sent as (
  select unnest(lines) as line, generate_subscripts(lines, 1) as row_number from envelope
)
select
  row_number,
  1 as lines,
  line."reporterCode" as reporter_code,
  cast(strptime(line."period" || case when line."freqCode" = 'A' then '01' else '' end, '%Y%m') as date) as period,
  line."freqCode" as frequency,
  line."classificationCode" as hs_edition,
  -- Sent with seven decimals of a second; whole seconds are enough.
  cast(substr(line."firstReleased", 1, 19) as timestamp) as first_released,
  cast(substr(line."lastReleased", 1, 19) as timestamp) as last_released
from sent
