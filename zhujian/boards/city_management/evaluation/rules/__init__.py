"""Pure rules of evaluation, by matter: periods, formulas, scoring, composites, ranking, sampling, surveys."""
