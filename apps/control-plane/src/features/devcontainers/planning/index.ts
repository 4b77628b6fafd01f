export { PlannedSchema, type Lifecycle, type NamedPort, type Planned } from './planned.ts';
export { createPlanner, type Planner, type PlannerDeps } from './planner.ts';
export { shownEnvironment } from './variables.ts';
