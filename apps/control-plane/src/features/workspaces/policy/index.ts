export { diskLevelOf, diskUseOf, diskWords, type DiskUse } from './disk-limit.ts';
export {
  askedBySystem,
  createPermit,
  denialText,
  settingsOf,
  startPlanOf,
  templateOf,
  type Asked,
  type Permit,
  type WorkspacePlan,
  type WorkspacePolicy,
} from './policy.ts';
export { costPerHour, createPrices, type Prices } from './prices.ts';
export { openRegoPolicy } from './rego-policy.ts';
export {
  assertMayRun,
  isUsedUp,
  runningQuotas,
  usedUpText,
  type RunningLimits,
} from './running-limits.ts';
