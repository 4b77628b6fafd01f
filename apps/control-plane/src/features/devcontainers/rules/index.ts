export { identitiesIn } from './dockerfile-identities.ts';
export { judgeFeatures } from './features.ts';
export { isEngineSocket, isMountTarget, isServiceTarget, permittedMount } from './mounts.ts';
export {
  judgeConfig,
  judgeMetadata,
  judgeWorkspaceMount,
  type Limits,
  type Wishes,
} from './policy.ts';
export { RefusalList, type Refuse, type RefuseAt, type Rule } from './refusal.ts';
