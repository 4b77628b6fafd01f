import { writeFile } from 'node:fs/promises';
import { isJoined } from '../connection/identity.ts';
import { FailureError, UsageError, type CommandContext } from '../console/command.ts';
import { findTicket, joinControlPlane, type Joined, type Ticket } from '../join/joining.ts';
import { statePaths } from '../system/state-directory.ts';
import {
  type Account,
  assertUsable,
  ensureOwnAccount,
  findAccount,
  OWN_ACCOUNT,
} from './account.ts';
import {
  checkProject,
  makeDirectories,
  makeFolderBeside,
  placeState,
  removeTree,
} from './directories.ts';
import { readInstallation, type Installation } from './installation.ts';
import { LAYOUT } from './layout.ts';
import type { ServiceManager } from './machine.ts';
import { checkOptions, type InstallOptions } from './options.ts';
import { describeProgram, type Program } from './program.ts';
import { startService, stopService, waitUntilConnected } from './service.ts';
import { writeSettings } from './settings.ts';
import { agentUnit, uninstallRequestUnit, uninstallUnit } from './unit-files.ts';

export interface InstallInput {
  readonly context: CommandContext;
  readonly manager: ServiceManager;
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
  const plan = planOf(options, before);
  if (plan.user !== OWN_ACCOUNT) await assertUsable(plan.user);
  await checkProject(plan.projectDirectory, plan.user);
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

function planOf(options: InstallOptions, before: Installation | undefined): Plan {
  const user = options.user ?? before?.user ?? OWN_ACCOUNT;
  if (before && user !== before.user) {
    throw new UsageError(`The agent is installed for '${before.user}': uninstall it first`);
  }
  return {
    user,
    projectDirectory: options['project-dir'] ?? before?.projectDirectory ?? LAYOUT.project,
    memoryMax: options['memory-max'] ?? before?.memoryMax ?? '80%',
    hadOwnAccount: before?.isAccountOurs ?? false,
  };
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
  const { context, options, manager } = input;
  const { hadOwnAccount, ...wishes } = plan;
  const { account, isNew } = await ensureAccount(plan.user);
  const installation = { ...wishes, isAccountOurs: hadOwnAccount || isNew };
  await makeDirectories(account, plan.projectDirectory);
  if (candidate) {
    await stopService();
    await placeState(candidate.stateDirectory, account);
  }
  await program.place();
  const caFile = options['ca-file'];
  const { environment } = context;
  await writeSettings({ environment, joined: candidate, caFile, installation, account });
  await writeUnits({ plan, program, account, manager });
  return startService();
}

async function ensureAccount(name: string): Promise<{ account: Account; isNew: boolean }> {
  if (name === OWN_ACCOUNT) return ensureOwnAccount();
  const account = await findAccount(name);
  if (!account) throw new FailureError(`There is no user '${name}' on this machine`);
  return { account, isNew: false };
}

interface UnitsInput {
  readonly plan: Plan;
  readonly program: Program;
  readonly account: Account;
  readonly manager: ServiceManager;
}

async function writeUnits({ plan, program, account, manager }: UnitsInput): Promise<void> {
  const unit = agentUnit({
    program: program.command,
    user: account.name,
    writable: [LAYOUT.state, account.home, plan.projectDirectory],
    memoryMax: plan.memoryMax,
    isNotified: manager.isNotified,
  });
  const { agent, uninstall, uninstallRequest } = LAYOUT.units;
  await writeFile(agent, unit);
  await writeFile(uninstall, uninstallUnit(program.command));
  await writeFile(uninstallRequest, uninstallRequestUnit());
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
  terminal.tell('Find out why: sudo spt-flow-agent doctor');
  return 1;
}
