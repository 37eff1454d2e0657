-- Which flows of a reporter a source tells at all: of one that it never has a row of, as re-exports, no row is no zero.
-- grain: source, reporter, flow
select distinct family_flows.source, family_flows.reporter, family_flows.flow from core.family_flows
