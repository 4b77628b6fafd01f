import { join } from 'node:path';
import { isJoined } from '../connection/identity.ts';
import { FailureError, UsageError, type CommandContext } from '../console/command.ts';
import { findTicket, joinControlPlane, type Joined, type Ticket } from '../join/joining.ts';
import { statePaths } from '../system/state-directory.ts';
import type { Account } from './account-record.ts';
import { assertUsable, ensureAccount, usualUser } from './account.ts';
import {
  checkProject,
  makeDirectories,
  makeFolderBeside,
  placeState,
  removeTree,
} from './directories.ts';
import { checkEngine } from './engine-group.ts';
import { readInstallation, type Installation } from './installation.ts';
import { LAYOUT } from './layout.ts';
import { OWN_ACCOUNT } from './linux-account.ts';
import { checkOptions, engineOf, type InstallOptions } from './options.ts';
import { placeLauncher } from './update-files.ts';
import { describeProgram, type Program } from './program.ts';
import { serviceManager } from './service-manager.ts';
import { waitUntilConnected } from './service.ts';
import { writeSettings } from './settings.ts';

export interface InstallInput {
  readonly context: CommandContext;
  readonly options: InstallOptions;
}

/**
 * Joins, if there is something to join with, and has the machine run the agent. Can be repeated: an identity stays, the
 * program and its unit become those of this version.
 */
export async function install(input: InstallInput): Promise<number> {
  const { context, options } = input;
  checkOptions(options);
  const before = await readInstallation();
  const plan = await planOf(input, before);
  await checkProject(plan.projectDirectory, plan.user);
  const engine = engineOf(options);
  if (engine !== undefined) await checkEngine(engine, plan.user);
  const program = await describeProgram(context.program);
  const ticket = await chooseTicket(input, before);
  const candidate = ticket && (await joinAnew(input, ticket));
  try {
    const startedMs = await apply(input, { plan, program, candidate });
    return await report(input, { plan, startedMs });
  } finally {
    if (candidate) await removeTree(candidate.stateDirectory);
  }
}

type Plan = Omit<Installation, 'isAccountOurs'> & { readonly hadOwnAccount: boolean };

async function planOf(
  { context, options }: InstallInput,
  before: Installation | undefined,
): Promise<Plan> {
  const user = options.user ?? before?.user ?? usualUser(context.environment);
  if (before && user !== before.user) {
    throw new UsageError(`The agent is installed for '${before.user}': uninstall it first`);
  }
  const account = user === OWN_ACCOUNT ? undefined : await assertUsable(user);
  return {
    user,
    projectDirectory: options['project-dir'] ?? before?.projectDirectory ?? usualProject(account),
    memoryMax: options['memory-max'] ?? before?.memoryMax ?? '80%',
    hostContainers: before?.hostContainers,
    hadOwnAccount: before?.isAccountOurs ?? false,
  };
}

/** macOS has no place for the work of services: there it is in the home of whom it belongs to. */
function usualProject(account: Account | undefined): string {
  const isTheirs = account !== undefined && !account.hasOwnGroup;
  return isTheirs ? join(account.home, 'spt-flow') : LAYOUT.project;
}

/** A joined machine needs none, and its person is not asked for one. */
async function chooseTicket(
  { context, options }: InstallInput,
  before: Installation | undefined,
): Promise<Ticket | undefined> {
  const hasJoined = before && (await isJoined(statePaths(LAYOUT.state).identity));
  if (hasJoined && options.url === undefined && context.terminal.isInteractive) return undefined;
  const ticket = await findTicket(context, options);
  if (ticket || hasJoined) return ticket;
  throw new FailureError(
    'A join code is needed: `spt-flow server join <name>` and the dashboard make one. Or ask to join with --url',
  );
}

interface Candidate extends Joined {
  readonly stateDirectory: string;
}

async function joinAnew({ context, options }: InstallInput, ticket: Ticket): Promise<Candidate> {
  const stateDirectory = await makeFolderBeside(LAYOUT.data);
  try {
    const caFile = options['ca-file'];
    const joined = await joinControlPlane({ context, ticket, caFile, stateDirectory });
    return { ...joined, stateDirectory };
  } catch (error) {
    await removeTree(stateDirectory);
    throw error;
  }
}

interface Change {
  readonly plan: Plan;
  readonly program: Program;
  readonly candidate: Candidate | undefined;
}

/** Answers when the agent was started. */
async function apply(input: InstallInput, { plan, program, candidate }: Change): Promise<number> {
  const { context, options } = input;
  const { hadOwnAccount, ...wishes } = plan;
  const { account, isNew } = await ensureAccount(plan.user);
  const installation = {
    ...{ ...wishes, isAccountOurs: hadOwnAccount || isNew },
    hostContainers: agreedEngine(options, candidate ? undefined : plan.hostContainers),
  };
  await makeDirectories(account, plan.projectDirectory);
  if (candidate) {
    await serviceManager.stop();
    await placeState(candidate.stateDirectory, account);
  }
  await program.place();
  await placeLauncher();
  const caFile = options['ca-file'];
  const { environment } = context;
  const updateRoot = { given: options['update-root'], found: candidate?.updateRoot };
  await writeSettings({
    ...{ environment, joined: candidate, caFile, updateRoot, installation, account },
  });
  const { projectDirectory, memoryMax } = plan;
  await serviceManager.define({
    ...{ program: program.command, account, projectDirectory, memoryMax },
    engineSocket: installation.hostContainers,
  });
  return serviceManager.start();
}

/** What was agreed on for one control plane is not agreed on for the next one that the machine joins. */
function agreedEngine(options: InstallOptions, before: string | undefined): string | undefined {
  return options['host-containers'] === undefined ? before : engineOf(options);
}

async function report(
  { context }: InstallInput,
  { plan, startedMs }: { plan: Plan; startedMs: number },
): Promise<number> {
  const { terminal } = context;
  const status = await waitUntilConnected(startedMs);
  if (status?.isConnected) {
    terminal.print(
      `The agent runs as '${plan.user}' on ${plan.projectDirectory}, and is connected.`,
    );
    return 0;
  }
  terminal.tell(`The agent runs, but is not connected: ${status?.reason ?? 'it says nothing'}`);
  terminal.tell(`Find out why: sudo ${LAYOUT.program} doctor`);
  return 1;
}
