export {
  agentKeys,
  agents,
  enrolmentTokens,
  installation,
  serverJoins,
  type StoredQuarantine,
} from './agents.ts';
export { auditAnchors, auditHeads, auditLog } from './audit.ts';
export { checkpoints } from './checkpoints.ts';
export {
  apiTokens,
  deviceLogins,
  invitations,
  loginSessions,
  previewSessions,
  setupTokens,
} from './credentials.ts';
export {
  attachments,
  conversationBranches,
  conversations,
  messages,
  screenshots,
  turns,
} from './conversations.ts';
export { customDomains } from './domains.ts';
export { liveEvents, liveTopics } from './events.ts';
export { forgeDeliveries, forgeLinks } from './forge.ts';
export { dotfiles, gitLogins } from './git.ts';
export { groupMembers, groups, projectGrants } from './groups.ts';
export { modelHolds, modelTokens, modelUse } from './models.ts';
export { organizationMembers, organizations } from './organizations.ts';
export { pipelineArtifacts, pipelineJobs, pipelineLogs, pipelines } from './pipelines.ts';
export { poolMembers, templatePools } from './pools.ts';
export { builds, leftNames, projects } from './projects.ts';
export { savedPrompts } from './prompts.ts';
export { replicas } from './replicas.ts';
export { agentRolloutMembers, agentRollouts, type StoredStage } from './rollouts.ts';
export { recordingChunks, sessions } from './sessions.ts';
export { secretKeys, secrets, secretVersions } from './secrets.ts';
export { workspaceSnapshots } from './snapshots.ts';
export { templates, templateVersions } from './templates.ts';
export { userIdentities, users } from './users.ts';
export {
  changeSets,
  monthlyCosts,
  portSharing,
  transitions,
  workspaceLeftovers,
  workspaceLifecycles,
  workspaceLogHeads,
  workspaceLogs,
  workspaceUsage,
  serverHosts,
  workspaces,
} from './workspaces.ts';
