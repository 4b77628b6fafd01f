/** PIPELINE_MARK begins what the pipeline says in the place of a person. */
export const PIPELINE_MARK = '[spt-flow]';

/** PLANNING_MARK begins a request for a plan in the place of a change. */
export const PLANNING_MARK = `${PIPELINE_MARK} Plan first.`;

/** APPROVED_MARK begins what is said about a plan that the person approved. */
export const APPROVED_MARK = `${PIPELINE_MARK} The person approved the plan.`;
