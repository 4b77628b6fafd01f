import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { FIRST_STEPS } from '../program.ts';
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
import { registerServerHost } from './server/host.ts';
import { registerServerJoin } from './server/join.ts';
import { registerServerList } from './server/list.ts';
import { registerServerUnhost } from './server/unhost.ts';
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
import { registerTemplateCatalog } from './template/catalog.ts';
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

type Register = (program: Command, context: Context) => void;

/** group is a command that only holds others. */
function group(name: string, description: string, ...verbs: Register[]): Register {
  return (program, context) => {
    const command = program.command(name).description(description).helpCommand(false);
    for (const register of verbs) register(command, context);
  };
}

/** The table of contents of the CLI, in the order of its help. */
const CONTENTS: Readonly<Record<string, readonly Register[]>> = {
  [FIRST_STEPS]: [
    registerLogin,
    registerUp,
    registerList,
    registerSsh,
    registerCode,
    registerOpen,
    registerLogs,
  ],
  'Connect:': [
    registerTerminal,
    registerPortForward,
    registerPorts,
    registerConfigSsh,
    registerConnect,
    registerSshProxy,
  ],
  'Run, change and keep:': [
    registerApply,
    registerStart,
    registerStop,
    registerRebuild,
    registerCancel,
    registerKeepAlive,
    registerSchedule,
    registerDelete,
    group(
      'workspace',
      'more about one workspace, and copies of it',
      registerWorkspaceStats,
      registerWorkspaceBackup,
      registerWorkspaceRestore,
      registerWorkspaceClone,
    ),
    group(
      'snapshot',
      'states of workspaces that the server keeps',
      registerSnapshotCreate,
      registerSnapshotList,
      registerSnapshotRestore,
      registerSnapshotClone,
      registerSnapshotDownload,
      registerSnapshotDelete,
    ),
    group('import', 'workspaces of other tools', registerImportDevpod),
  ],
  'What workspaces are made of:': [
    group(
      'template',
      'how workspaces are made, in versions',
      registerTemplateList,
      registerTemplateShow,
      registerTemplateCatalog,
      registerTemplatePush,
      registerTemplatePromote,
      registerTemplateDeprecate,
      registerTemplateImpact,
      registerTemplateUpdate,
      registerTemplateRollback,
      group(
        'pool',
        'workspaces of a template that are kept ready',
        registerTemplatePoolShow,
        registerTemplatePoolSet,
      ),
    ),
    group(
      'secret',
      'keys and passwords that workspaces find in their environment',
      registerSecretList,
      registerSecretSet,
      registerSecretImport,
      registerSecretHistory,
      registerSecretRestore,
      registerSecretDelete,
    ),
    group(
      'git',
      'tokens for git hosts, which git in your workspaces asks for',
      registerGitLogin,
      registerGitHosts,
      registerGitLogout,
    ),
    group(
      'dotfiles',
      'the repository that is applied to your home directory',
      registerDotfilesSet,
      registerDotfilesShow,
      registerDotfilesClear,
    ),
  ],
  'Projects:': [
    group(
      'build',
      'builds of projects, by their pipeline file',
      registerBuildRun,
      registerBuildList,
      registerBuildLogs,
      registerBuildCancel,
    ),
    group(
      'domain',
      'names of your own at which the app of a project answers',
      registerDomainAdd,
      registerDomainList,
      registerDomainCheck,
      registerDomainRemove,
    ),
    group('project', 'who has access to a project', registerProjectAccess, registerProjectShare),
    group('forge', 'projects in GitLab', registerForgeStatus, registerForgeSync, registerForgeRun),
  ],
  'Organization:': [
    group(
      'member',
      'the people of your organization',
      registerMemberList,
      registerMemberInvite,
      registerMemberChange,
      registerMemberRemove,
      registerMemberHandOver,
    ),
    group(
      'group',
      'groups of people, to share projects with',
      registerGroupList,
      registerGroupCreate,
      registerGroupChange,
    ),
    group(
      'budget',
      'what running workspaces cost, and may cost',
      registerBudgetShow,
      registerBudgetSet,
      registerBudgetExport,
    ),
    group(
      'lifecycle',
      'how long workspaces of the organization live without use',
      registerLifecycleShow,
      registerLifecycleSet,
    ),
    group('policy', 'rules for workspaces and infrastructure', registerPolicyCheck),
    group(
      'sessions',
      'who is, or was, connected to workspaces',
      registerSessionsList,
      registerSessionsEnd,
    ),
    group(
      'recording',
      'what terminals showed, where your organization records them',
      registerRecordingList,
      registerRecordingPlay,
      registerRecordingExport,
      registerRecordingPolicy,
    ),
    group(
      'audit',
      'what was done in your organization, and proof that nobody changed it',
      registerAuditList,
      registerAuditExport,
      registerAuditVerify,
    ),
  ],
  'Machines:': [
    group(
      'server',
      'machines of your own, as workspaces',
      registerServerJoin,
      registerServerHost,
      registerServerUnhost,
      registerServerApprove,
      registerServerDeny,
      registerServerList,
    ),
    group(
      'coder',
      'the Coder server on which workspaces may run',
      registerCoderStatus,
      registerCoderTemplate,
    ),
    group(
      'agent',
      'identities and versions of what runs in workspaces',
      registerAgentShow,
      registerAgentRotate,
      registerAgentRevoke,
      registerAgentDecide,
      registerAgentReleases,
      group(
        'rollout',
        'how a version of the agent comes to servers',
        registerRolloutShow,
        registerRolloutStart,
        registerRolloutDecide,
      ),
    ),
    group('infra', 'what it takes to run on AWS', registerInfraCost),
  ],
  'This program:': [
    registerWhoami,
    registerLogout,
    group(
      'token',
      'API tokens for programs',
      registerTokenCreate,
      registerTokenList,
      registerTokenRevoke,
    ),
    registerVersion,
    registerCompletion,
  ],
};

export function registerCommands(program: Command, context: Context): void {
  for (const [heading, commands] of Object.entries(CONTENTS)) {
    program.commandsGroup(heading);
    for (const register of commands) register(program, context);
  }
}
