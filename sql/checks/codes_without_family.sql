-- warn: six-digit codes in no family, so in none of the totals: asked by mistake, or missing in config/hs_codes.csv?
select without_family.source, without_family.hs6, without_family.hs_edition, without_family.rows,
  without_family.value_usd
from marts.without_family
