import type { Command } from 'commander';
import type { Context } from '../core/context.ts';
import { registerAgentDecide } from './agent/decide.ts';
import { registerAgentReleases } from './agent/releases.ts';
import { registerAgentRevoke } from './agent/revoke.ts';
import { registerAgentRotate } from './agent/rotate.ts';
import { registerRolloutDecide } from './agent/rollout/decide.ts';
import { registerRolloutShow } from './agent/rollout/show.ts';
import { registerRolloutStart } from './agent/rollout/start.ts';
import { registerAgentShow } from './agent/show.ts';
import { registerApply } from './apply.ts';
import { registerAuditExport } from './audit/export.ts';
import { registerAuditList } from './audit/list.ts';
import { registerAuditVerify } from './audit/verify.ts';
import { registerBudgetExport } from './budget/export.ts';
import { registerBudgetSet } from './budget/set.ts';
import { registerBudgetShow } from './budget/show.ts';
import { registerBuildCancel } from './build/cancel.ts';
import { registerBuildList } from './build/list.ts';
import { registerBuildLogs } from './build/logs.ts';
import { registerBuildRun } from './build/run.ts';
import { registerCancel } from './cancel.ts';
import { registerCoderStatus } from './coder/status.ts';
import { registerCoderTemplate } from './coder/template.ts';
import { registerCode } from './code.ts';
import { registerCompletion } from './completion.ts';
import { registerConfigSsh } from './config-ssh.ts';
import { registerConnect } from './connect.ts';
import { registerDelete } from './delete.ts';
import { registerDomainAdd } from './domain/add.ts';
import { registerDomainCheck } from './domain/check.ts';
import { registerDomainList } from './domain/list.ts';
import { registerDomainRemove } from './domain/remove.ts';
import { registerDotfilesClear } from './dotfiles/clear.ts';
import { registerDotfilesSet } from './dotfiles/set.ts';
import { registerDotfilesShow } from './dotfiles/show.ts';
import { registerForgeRun } from './forge/run.ts';
import { registerForgeStatus } from './forge/status.ts';
import { registerForgeSync } from './forge/sync.ts';
import { registerGitHosts } from './git/hosts.ts';
import { registerGitLogin } from './git/login.ts';
import { registerGitLogout } from './git/logout.ts';
import { registerImportDevpod } from './import/devpod.ts';
import { registerInfraCost } from './infra/cost.ts';
import { registerKeepAlive } from './keep-alive.ts';
import { registerLifecycleSet } from './lifecycle/set.ts';
import { registerLifecycleShow } from './lifecycle/show.ts';
import { registerList } from './list.ts';
import { registerLogin } from './login.ts';
import { registerLogout } from './logout.ts';
import { registerLogs } from './logs.ts';
import { registerOpen } from './open.ts';
import { registerPortForward } from './port-forward.ts';
import { registerPolicyCheck } from './policy/check.ts';
import { registerPorts } from './ports.ts';
import { registerRebuild } from './rebuild.ts';
import { registerRecordingExport } from './recording/export.ts';
import { registerRecordingList } from './recording/list.ts';
import { registerRecordingPlay } from './recording/play.ts';
import { registerRecordingPolicy } from './recording/policy.ts';
import { registerSchedule } from './schedule.ts';
import { registerSecretDelete } from './secret/delete.ts';
import { registerSecretHistory } from './secret/history.ts';
import { registerSecretImport } from './secret/import.ts';
import { registerSecretList } from './secret/list.ts';
import { registerSecretRestore } from './secret/restore.ts';
import { registerSecretSet } from './secret/set.ts';
import { registerServerApprove } from './server/approve.ts';
import { registerServerDeny } from './server/deny.ts';
import { registerServerJoin } from './server/join.ts';
import { registerServerList } from './server/list.ts';
import { registerSessionsEnd } from './sessions/end.ts';
import { registerSessionsList } from './sessions/list.ts';
import { registerSnapshotClone } from './snapshot/clone.ts';
import { registerSnapshotCreate } from './snapshot/create.ts';
import { registerSnapshotDelete } from './snapshot/delete.ts';
import { registerSnapshotDownload } from './snapshot/download.ts';
import { registerSnapshotList } from './snapshot/list.ts';
import { registerSnapshotRestore } from './snapshot/restore.ts';
import { registerSshProxy } from './ssh-proxy.ts';
import { registerSsh } from './ssh.ts';
import { registerStart } from './start.ts';
import { registerStop } from './stop.ts';
import { registerTemplateDeprecate } from './template/deprecate.ts';
import { registerTemplateImpact } from './template/impact.ts';
import { registerTemplateList } from './template/list.ts';
import { registerTemplatePoolSet } from './template/pool/set.ts';
import { registerTemplatePoolShow } from './template/pool/show.ts';
import { registerTemplatePromote } from './template/promote.ts';
import { registerTemplatePush } from './template/push.ts';
import { registerTemplateRollback } from './template/rollback.ts';
import { registerTemplateShow } from './template/show.ts';
import { registerTemplateUpdate } from './template/update.ts';
import { registerTerminal } from './terminal.ts';
import { registerGroupChange } from './group/change.ts';
import { registerGroupCreate } from './group/create.ts';
import { registerGroupList } from './group/list.ts';
import { registerMemberChange } from './member/change.ts';
import { registerMemberHandOver } from './member/hand-over.ts';
import { registerMemberInvite } from './member/invite.ts';
import { registerMemberRemove } from './member/remove.ts';
import { registerMemberList } from './member/list.ts';
import { registerProjectAccess } from './project/access.ts';
import { registerProjectShare } from './project/share.ts';
import { registerTokenCreate } from './token/create.ts';
import { registerTokenList } from './token/list.ts';
import { registerTokenRevoke } from './token/revoke.ts';
import { registerUp } from './up.ts';
import { registerVersion } from './version.ts';
import { registerWhoami } from './whoami.ts';
import { registerWorkspaceBackup } from './workspace/backup.ts';
import { registerWorkspaceClone } from './workspace/clone.ts';
import { registerWorkspaceRestore } from './workspace/restore.ts';
import { registerWorkspaceStats } from './workspace/stats.ts';

/** registerCommands is the table of contents of the CLI, in the order of its help. */
export function registerCommands(program: Command, context: Context): void {
  registerLogin(program, context);
  registerLogout(program, context);
  registerWhoami(program, context);
  registerUp(program, context);
  registerList(program, context);
  registerSsh(program, context);
  registerCode(program, context);
  registerConfigSsh(program, context);
  registerConnect(program, context);
  registerSshProxy(program, context);
  registerTerminal(program, context);
  registerPortForward(program, context);
  registerPorts(program, context);
  registerLogs(program, context);
  registerOpen(program, context);
  registerApply(program, context);
  registerStart(program, context);
  registerStop(program, context);
  registerRebuild(program, context);
  registerCancel(program, context);
  registerKeepAlive(program, context);
  registerSchedule(program, context);
  registerDelete(program, context);
  registerWorkspace(program, context);
  registerSnapshots(program, context);
  registerBuilds(program, context);
  registerTemplates(program, context);
  registerOrganization(program, context);
  const policy = program
    .command('policy')
    .description('rules for workspaces and infrastructure')
    .helpCommand(false);
  registerPolicyCheck(policy, context);
  registerRepositoryCommands(program, context);
  registerSecrets(program, context);
  registerDomains(program, context);
  const server = program
    .command('server')
    .description('machines of your own, as workspaces')
    .helpCommand(false);
  registerServerJoin(server, context);
  registerServerApprove(server, context);
  registerServerDeny(server, context);
  registerServerList(server, context);
  const coder = program
    .command('coder')
    .description('the Coder server on which workspaces may run')
    .helpCommand(false);
  registerCoderStatus(coder, context);
  registerCoderTemplate(coder, context);
  registerAgents(program, context);
  registerPeople(program, context);
  registerSessions(program, context);
  registerInfra(program, context);
  registerVersion(program, context);
  registerCompletion(program, context);
}

function registerAgents(program: Command, context: Context): void {
  const agent = program
    .command('agent')
    .description('identities and versions of what runs in workspaces')
    .helpCommand(false);
  registerAgentShow(agent, context);
  registerAgentRotate(agent, context);
  registerAgentRevoke(agent, context);
  registerAgentDecide(agent, context);
  registerAgentReleases(agent, context);
  const rollout = agent
    .command('rollout')
    .description('how a version of the agent comes to servers')
    .helpCommand(false);
  registerRolloutShow(rollout, context);
  registerRolloutStart(rollout, context);
  registerRolloutDecide(rollout, context);
}

function registerWorkspace(program: Command, context: Context): void {
  const workspace = program
    .command('workspace')
    .description('more about one workspace, and copies of it')
    .helpCommand(false);
  registerWorkspaceStats(workspace, context);
  registerWorkspaceBackup(workspace, context);
  registerWorkspaceRestore(workspace, context);
  registerWorkspaceClone(workspace, context);
}

function registerSnapshots(program: Command, context: Context): void {
  const snapshot = program
    .command('snapshot')
    .description('states of workspaces that the server keeps')
    .helpCommand(false);
  registerSnapshotCreate(snapshot, context);
  registerSnapshotList(snapshot, context);
  registerSnapshotRestore(snapshot, context);
  registerSnapshotClone(snapshot, context);
  registerSnapshotDownload(snapshot, context);
  registerSnapshotDelete(snapshot, context);
}

function registerBuilds(program: Command, context: Context): void {
  const build = program
    .command('build')
    .description('builds of projects, by their pipeline file')
    .helpCommand(false);
  registerBuildRun(build, context);
  registerBuildList(build, context);
  registerBuildLogs(build, context);
  registerBuildCancel(build, context);
}

function registerTemplates(program: Command, context: Context): void {
  const template = program
    .command('template')
    .description('how workspaces are made, in versions')
    .helpCommand(false);
  registerTemplateList(template, context);
  registerTemplateShow(template, context);
  registerTemplatePush(template, context);
  registerTemplatePromote(template, context);
  registerTemplateDeprecate(template, context);
  registerTemplateImpact(template, context);
  registerTemplateUpdate(template, context);
  registerTemplateRollback(template, context);
  const pool = template
    .command('pool')
    .description('workspaces of a template that are kept ready')
    .helpCommand(false);
  registerTemplatePoolShow(pool, context);
  registerTemplatePoolSet(pool, context);
}

function registerOrganization(program: Command, context: Context): void {
  const budget = program
    .command('budget')
    .description('what running workspaces cost, and may cost')
    .helpCommand(false);
  registerBudgetShow(budget, context);
  registerBudgetSet(budget, context);
  registerBudgetExport(budget, context);
  const lifecycle = program
    .command('lifecycle')
    .description('how long workspaces of the organization live without use')
    .helpCommand(false);
  registerLifecycleShow(lifecycle, context);
  registerLifecycleSet(lifecycle, context);
}

function registerPeople(program: Command, context: Context): void {
  const token = program.command('token').description('API tokens for programs').helpCommand(false);
  registerTokenCreate(token, context);
  registerTokenList(token, context);
  registerTokenRevoke(token, context);
  const member = program
    .command('member')
    .description('the people of your organization')
    .helpCommand(false);
  registerMemberList(member, context);
  registerMemberInvite(member, context);
  registerMemberChange(member, context);
  registerMemberRemove(member, context);
  registerMemberHandOver(member, context);
  const group = program
    .command('group')
    .description('groups of people, to share projects with')
    .helpCommand(false);
  registerGroupList(group, context);
  registerGroupCreate(group, context);
  registerGroupChange(group, context);
  const project = program
    .command('project')
    .description('who has access to a project')
    .helpCommand(false);
  registerProjectAccess(project, context);
  registerProjectShare(project, context);
}

function registerSessions(program: Command, context: Context): void {
  const sessions = program
    .command('sessions')
    .description('who is, or was, connected to workspaces')
    .helpCommand(false);
  registerSessionsList(sessions, context);
  registerSessionsEnd(sessions, context);
  const recording = program
    .command('recording')
    .description('what terminals showed, where your organization records them')
    .helpCommand(false);
  registerRecordingList(recording, context);
  registerRecordingPlay(recording, context);
  registerRecordingExport(recording, context);
  registerRecordingPolicy(recording, context);
  const audit = program
    .command('audit')
    .description('what was done in your organization, and proof that nobody changed it')
    .helpCommand(false);
  registerAuditList(audit, context);
  registerAuditExport(audit, context);
  registerAuditVerify(audit, context);
}

function registerInfra(program: Command, context: Context): void {
  const infra = program
    .command('infra')
    .description('what it takes to run on AWS')
    .helpCommand(false);
  registerInfraCost(infra, context);
}

function registerSecrets(program: Command, context: Context): void {
  const secret = program
    .command('secret')
    .description('keys and passwords that workspaces find in their environment')
    .helpCommand(false);
  registerSecretList(secret, context);
  registerSecretSet(secret, context);
  registerSecretImport(secret, context);
  registerSecretHistory(secret, context);
  registerSecretRestore(secret, context);
  registerSecretDelete(secret, context);
}

function registerDomains(program: Command, context: Context): void {
  const domain = program
    .command('domain')
    .description('names of your own at which the app of a project answers')
    .helpCommand(false);
  registerDomainAdd(domain, context);
  registerDomainList(domain, context);
  registerDomainCheck(domain, context);
  registerDomainRemove(domain, context);
}

function registerRepositoryCommands(program: Command, context: Context): void {
  const git = program
    .command('git')
    .description('tokens for git hosts, which git in your workspaces asks for')
    .helpCommand(false);
  registerGitLogin(git, context);
  registerGitHosts(git, context);
  registerGitLogout(git, context);
  const forge = program.command('forge').description('projects in GitLab').helpCommand(false);
  registerForgeStatus(forge, context);
  registerForgeSync(forge, context);
  registerForgeRun(forge, context);
  const dotfiles = program
    .command('dotfiles')
    .description('the repository that is applied to your home directory')
    .helpCommand(false);
  registerDotfilesSet(dotfiles, context);
  registerDotfilesShow(dotfiles, context);
  registerDotfilesClear(dotfiles, context);
  const bring = program
    .command('import')
    .description('workspaces of other tools')
    .helpCommand(false);
  registerImportDevpod(bring, context);
}
