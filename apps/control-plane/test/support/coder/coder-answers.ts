import type {
  AgentState,
  Build,
  CoderWorld,
  TemplateParameter,
  WorldWorkspace,
} from './coder-world.ts';
import { isActive, latest, type WorldTemplate } from './coder-world.ts';

/** Every date of a world without time. */
const DATE = '2026-11-27T10:00:00Z';

/** The answers have all fields that the reference of the API names, also those that nobody here reads. */
export function templateAnswer(world: CoderWorld, template: WorldTemplate): object {
  return {
    id: template.id,
    created_at: DATE,
    updated_at: DATE,
    organization_id: world.organizationId,
    organization_name: 'coder',
    organization_display_name: 'Coder',
    organization_icon: '',
    name: template.name,
    display_name: '',
    provisioner: 'terraform',
    active_version_id: template.versionId,
    active_user_count: 0,
    build_time_stats: {},
    description: `The template ${template.name}`,
    deprecated: false,
    deprecation_message: '',
    icon: '',
    default_ttl_ms: 86_400_000,
    activity_bump_ms: 3_600_000,
    autostop_requirement: { days_of_week: [], weeks: 0 },
    autostart_requirement: { days_of_week: ['monday'] },
    created_by_id: world.userId,
    created_by_name: 'admin',
    allow_user_autostart: true,
    allow_user_autostop: true,
    allow_user_cancel_workspace_jobs: true,
    failure_ttl_ms: 0,
    time_til_dormant_ms: 0,
    time_til_dormant_autodelete_ms: 0,
    require_active_version: false,
    max_port_share_level: 'owner',
    use_classic_parameter_flow: false,
  };
}

export function parameterAnswer(parameter: TemplateParameter): object {
  const { name, type = 'string', defaultValue = '', required = false } = parameter;
  const { mutable = true, ephemeral = false, options = [] } = parameter;
  return {
    name,
    display_name: '',
    description: `About **${name}**`,
    description_plaintext: `About ${name}`,
    type,
    form_type: 'input',
    mutable,
    default_value: defaultValue,
    icon: '',
    options: options.map((value) => ({ name: value, description: '', value, icon: '' })),
    ...(parameter.regex !== undefined && { validation_regex: parameter.regex }),
    ...(parameter.min !== undefined && { validation_min: parameter.min }),
    ...(parameter.max !== undefined && { validation_max: parameter.max }),
    ...(parameter.monotonic && { validation_monotonic: parameter.monotonic }),
    required,
    ephemeral,
  };
}

export function workspaceAnswer(world: CoderWorld, workspace: WorldWorkspace): object {
  const build = latest(workspace);
  if (!build) throw new Error('A workspace has a build');
  return {
    id: workspace.id,
    created_at: DATE,
    updated_at: DATE,
    owner_id: world.userId,
    owner_name: 'spt-flow',
    owner_avatar_url: '',
    organization_id: world.organizationId,
    organization_name: 'coder',
    template_id: workspace.template.id,
    template_name: workspace.template.name,
    template_display_name: '',
    template_icon: '',
    template_allow_user_cancel_workspace_jobs: true,
    template_active_version_id: workspace.template.versionId,
    template_require_active_version: false,
    template_use_classic_parameter_flow: false,
    latest_build: buildAnswer(world, build),
    latest_app_status: null,
    outdated: build.templateVersionId !== workspace.template.versionId,
    name: workspace.name,
    last_used_at: DATE,
    deleting_at: null,
    dormant_at: null,
    health: { healthy: true, failing_agents: [] },
    automatic_updates: 'never',
    allow_renames: false,
    favorite: false,
    next_start_at: null,
    is_prebuild: false,
  };
}

export function buildAnswer(world: CoderWorld, build: Build): object {
  const { workspace } = build;
  return {
    id: build.id,
    created_at: DATE,
    updated_at: DATE,
    workspace_id: workspace.id,
    workspace_name: workspace.name,
    workspace_owner_id: world.userId,
    workspace_owner_name: 'spt-flow',
    workspace_owner_avatar_url: '',
    template_version_id: build.templateVersionId,
    template_version_name: 'happy_hopper1',
    build_number: build.number,
    transition: build.transition,
    initiator_id: world.userId,
    initiator_name: 'spt-flow',
    job: jobAnswer(world, build),
    reason: build.reason,
    resources: resourcesOf(world, build),
    deadline: DATE,
    max_deadline: null,
    status: statusOf(build),
    daily_cost: 0,
    matched_provisioners: {
      count: 1,
      available: world.provisioner.isAvailable ? 1 : 0,
      most_recently_seen: DATE,
    },
    template_version_preset_id: null,
  };
}

function jobAnswer(world: CoderWorld, build: Build): object {
  return {
    id: build.id,
    created_at: DATE,
    ...(build.status !== 'pending' && { started_at: DATE }),
    ...(!isActive(build) && { completed_at: DATE }),
    ...(build.error !== '' && { error: build.error }),
    status: build.status,
    file_id: build.id,
    tags: { owner: '', scope: 'organization' },
    queue_position: build.status === 'pending' ? 1 : 0,
    queue_size: build.status === 'pending' ? 1 : 0,
    organization_id: world.organizationId,
    initiator_id: world.userId,
    input: { workspace_build_id: build.id },
    type: 'workspace_build',
    metadata: { template_version_name: '', template_id: '', template_name: '' },
    logs_overflowed: false,
  };
}

/** What a workspace is called by follows from its last build. */
function statusOf({ status, transition }: Build): string {
  const doing = { start: 'starting', stop: 'stopping', delete: 'deleting' };
  const done = { start: 'running', stop: 'stopped', delete: 'deleted' };
  if (status === 'running') return doing[transition];
  return status === 'succeeded' ? done[transition] : status;
}

function resourcesOf(world: CoderWorld, build: Build): object[] {
  if (build.transition !== 'start' || build.status !== 'succeeded') return [];
  return [
    {
      id: build.id,
      created_at: DATE,
      job_id: build.id,
      workspace_transition: build.transition,
      type: 'docker_container',
      name: 'workspace',
      hide: false,
      icon: '',
      agents: [agentAnswer(build, world.agent)],
      metadata: [],
      daily_cost: 0,
    },
  ];
}

function agentAnswer(build: Build, { status, lifecycle }: AgentState): object {
  return {
    id: build.agentId,
    parent_id: null,
    created_at: DATE,
    updated_at: DATE,
    status,
    lifecycle_state: lifecycle,
    name: 'main',
    resource_id: build.id,
    architecture: 'amd64',
    environment_variables: {},
    operating_system: 'linux',
    logs_length: 0,
    logs_overflowed: false,
    version: 'v2.27.0',
    api_version: '2.6',
    apps: [],
    connection_timeout_seconds: 120,
    troubleshooting_url: '',
    subsystems: [],
    health: { healthy: true },
    display_apps: ['web_terminal'],
    log_sources: [],
    scripts: [
      {
        id: build.agentId,
        log_source_id: build.agentId,
        log_path: '',
        script: 'true',
        cron: '',
        run_on_start: true,
        run_on_stop: false,
        start_blocks_login: true,
        timeout: 0,
        display_name: 'Startup Script',
      },
    ],
    startup_script_behavior: 'blocking',
  };
}
