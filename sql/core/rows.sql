-- Every row received, under our names, and where it lands: flows, flows_yearly, headings, rejected or superseded.
-- grain: file_id, row_number
-- by period: staging.flows, core.rates, core.replaced_rows, core.corrected_rows
with in_force as (
  select months.period, editions.hs_edition
  from (select distinct flows.period from staging.flows) as months
  join ref.editions on cast(editions.in_force as date) <= months.period
  qualify row_number() over (partition by months.period order by editions.in_force desc) = 1
),
-- Codes of one edition only tell which one an office used that does not name it: reporters change at their own date.
telling as (
  select family_members.hs6, max(family_members.hs_edition) as hs_edition
  from ref.family_members
  join ref.editions on editions.codes_as = family_members.hs_edition and editions.hs_edition = family_members.hs_edition
  group by family_members.hs6
  having count(distinct family_members.hs_edition) = 1
),
told as (
  select flows.source, flows.reporter_code, flows.period, max(telling.hs_edition) as hs_edition
  from staging.flows
  join telling on telling.hs6 = substr(flows.code, 1, 6)
  where flows.hs_edition is null
  group by all
),
places as (
  select economy_codes.source, economy_codes.code, economy_codes.iso3, economies.role
  from ref.economy_codes
  left join ref.economies using (iso3)
),
units as (
  select source_units.source, source_units.code, source_units.unit, strpos(source_units.unit, '{code}') > 0 as is_own_unit
  from ref.source_units
),
named as (
  select
    sent.file_id,
    sent.row_number,
    sent.lines,
    sent.source,
    sent.request_id,
    reporters.iso3 as reporter,
    partners.iso3 as partner,
    origins.iso3 as origin,
    source_flows.flow,
    sent.frequency,
    sent.period,
    sent.code,
    case when length(sent.code) >= 6 then substr(sent.code, 1, 6) end as hs6,
    coalesce(sent.hs_edition, telling.hs_edition, told.hs_edition, in_force.hs_edition) as hs_edition,
    sent.currency,
    sent.value_native,
    sent.weight_kg,
    sent.quantity,
    source_units.unit,
    source_units.is_own_unit,
    sent.is_weight_estimated,
    sent.is_quantity_estimated,
    case
      when sent.reject_reason is not null then sent.reject_reason
      -- The world as a partner is a total that is asked for; any other group would count its members again.
      when reporters.role = 'group' or (partners.role = 'group' and partners.iso3 <> 'W00')
        then 'group of economies'
    end as reject_reason,
    sent.reporter_code,
    sent.partner_code,
    sent.origin_code,
    sent.flow_code,
    sent.quantity_unit_code
  from staging.flows as sent
  left join places as reporters on reporters.source = sent.source and reporters.code = sent.reporter_code
  left join places as partners on partners.source = sent.source and partners.code = sent.partner_code
  left join ref.economy_codes as origins on origins.source = sent.source and origins.code = sent.origin_code
  left join ref.source_flows on source_flows.source = sent.source and source_flows.code = sent.flow_code
  left join units as source_units on source_units.source = sent.source and source_units.code = sent.quantity_unit_code
  left join in_force on in_force.period = sent.period
  left join telling on telling.hs6 = substr(sent.code, 1, 6)
  left join told
    on told.source = sent.source and told.reporter_code = sent.reporter_code and told.period = sent.period
)
select
  named.file_id,
  named.row_number,
  named.lines,
  named.source,
  named.request_id,
  case
    when replaced.row_number is not null then 'superseded'
    when named.reject_reason is not null or corrected.action = 'drop' then 'rejected'
    when named.hs6 is null then 'headings'
    when named.frequency = 'A' then 'flows_yearly'
    else 'flows'
  end as lands_in,
  replaced.replaced_by,
  case when corrected.action = 'drop' then 'correction ' || corrected.correction_id else named.reject_reason end
    as reject_reason,
  case
    when replaced.row_number is not null then 'replaced by a newer file'
    when corrected.action = 'drop' then 'correction ' || corrected.correction_id
    else named.reject_reason
  end as reason,
  named.reporter,
  named.partner,
  named.origin,
  named.flow,
  named.frequency,
  named.period,
  named.code,
  coalesce(corrected.to_hs6, named.hs6) as hs6,
  named.hs_edition,
  family_members.family,
  named.currency,
  named.value_native,
  case
    when corrected.factor is null then named.value_native
    else cast(named.value_native * corrected.factor as decimal(20, 3))
  end as corrected_native,
  corrected.correction_id,
  coalesce(corrected.is_needed, false) as is_corrected,
  case
    when named.currency = 'USD' and corrected.factor is null then named.value_native
    when named.currency = 'USD' then cast(named.value_native * corrected.factor as decimal(20, 3))
    else cast(
      cast(named.value_native * coalesce(corrected.factor, 1) as decimal(20, 3)) * rates.usd_per_unit as decimal(20, 3)
    )
  end as value_usd,
  named.weight_kg,
  case when named.unit <> '' then named.quantity end as quantity,
  -- A unit that the source does not name is that of its code alone.
  case when named.is_own_unit then replace(named.unit, '{code}', named.code) else nullif(named.unit, '') end
    as quantity_unit,
  named.is_weight_estimated,
  named.is_quantity_estimated,
  named.reporter_code,
  named.partner_code,
  named.origin_code,
  named.flow_code,
  named.quantity_unit_code
from named
left join core.replaced_rows as replaced using (file_id, row_number)
left join core.corrected_rows as corrected using (file_id, row_number)
left join ref.family_members
  on family_members.hs6 = coalesce(corrected.to_hs6, named.hs6) and family_members.hs_edition = named.hs_edition
left join core.rates
  on rates.currency = named.currency and rates.frequency = named.frequency and rates.period = named.period
