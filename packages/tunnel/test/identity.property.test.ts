import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClonePolicy } from '../src/handshake/admission.ts';
import { type Fault, FAULTS, type Instance, World } from './support/identity-world.ts';

type Step = (world: World) => Promise<void>;

const index = fc.nat(5);
const fault = fc.constantFrom<Fault>(undefined, undefined, undefined, ...FAULTS);

function step(name: string, run: Step): Step {
  return Object.assign(run, { [fc.toStringMethod]: () => name });
}

function decide(world: World, instance: Instance, state: 'released' | 'none'): void {
  const row = world.rowOf(instance);
  if (row?.quarantine?.state !== 'open') return;
  world.rig.store.setQuarantine(instance.disk.state?.agentId ?? '', state);
}

const connect = fc
  .tuple(index, fault)
  .map(([at, lost]) =>
    step(`connect ${at} ${lost ?? ''}`, (world) => copiesAskFirst(world, world.at(at), lost)),
  );
const steps = fc.oneof(
  { arbitrary: connect, weight: 6 },
  fc
    .tuple(index, fc.boolean())
    .map(([at, told]) =>
      step(`disconnect ${at} ${told}`, (world) => world.disconnect(world.at(at), told)),
    ),
  index.map((at) => step(`reboot ${at}`, (world) => world.reboot(world.at(at)))),
  {
    arbitrary: fc
      .tuple(index, fc.boolean())
      .map(([at, other]) =>
        step(`copy ${at} ${other}`, async (world) => world.copy(world.at(at), other)),
      ),
    weight: 2,
  },
  fc
    .tuple(index, index)
    .map(([at, backup]) =>
      step(`restore disk ${at} ${backup}`, (world) => world.restoreDisk(world.at(at), backup)),
    ),
  index.map((at) => step(`fork ${at}`, async (world) => world.fork(world.at(at)))),
  {
    arbitrary: fc
      .tuple(index, fault)
      .map(([at, lost]) =>
        step(`rotate ${at} ${lost ?? ''}`, (world) => world.rotate(world.at(at), lost)),
      ),
    weight: 3,
  },
  {
    arbitrary: fc
      .boolean()
      .map((renews) => step(`settle ${renews}`, (world) => world.settleSuspicions(renews))),
    weight: 2,
  },
  fc.constant(step('back up database', async (world) => world.backUp())),
  fc.constant(step('restore database', async (world) => void world.restoreDatabase())),
  index.map((at) => step(`attack ${at}`, (world) => attackChangesNothing(world, world.at(at)))),
  fc
    .tuple(index, fc.constantFrom('released' as const, 'none' as const))
    .map(([at, state]) =>
      step(`decide ${at} ${state}`, async (world) => decide(world, world.at(at), state)),
    ),
);
const history = fc.array(steps, { minLength: 5, maxLength: 25 });

/** Without a person's word no old state opens, nobody in quarantine, and nothing from elsewhere while its owner lives. */
async function copiesAskFirst(world: World, instance: Instance, lost: Fault): Promise<void> {
  const row = world.rowOf(instance);
  const { state } = instance.disk;
  const outcome = await world.connect(instance, lost);
  const isJudged = outcome === 'connected' && row && state;
  if (!isJudged || row.clonePolicy === 'replace' || row.quarantine?.state === 'released') return;
  const { quarantine } = row;
  const { generation } = state.joinState;
  expect(generation).toBeGreaterThanOrEqual(row.ackedGeneration);
  const isDetained =
    quarantine?.state === 'open' &&
    quarantine.generation === generation &&
    quarantine.bootId === instance.machine.bootId;
  expect(isDetained).toBe(false);
  const rival = world.instances.find(
    ({ connection }) => connection && connection.proven.sessionId === row.sessionId,
  );
  if (rival && rival !== instance) expect(rival.machine).toEqual(instance.machine);
}

async function attackChangesNothing(world: World, instance: Instance): Promise<void> {
  const { changes } = world.rig.store;
  const incidents = world.rig.incidents.length;
  await world.attack(instance, world.recorded);
  expect(world.rig.store.changes).toBe(changes);
  expect(world.rig.incidents).toHaveLength(incidents);
}

function neverTwoOwners(world: World): void {
  const workspaces = [...world.rig.store.agents].flatMap(([agentId, { workspaceId }]) =>
    world.owners(agentId).map(() => workspaceId),
  );
  expect(new Set(workspaces).size).toBe(workspaces.length);
}

/** Whoever was let in last and kept its state is let in again, whatever copies and strangers did meanwhile. */
async function ownersComeBack(world: World): Promise<void> {
  for (const instance of [...world.instances]) {
    const row = world.rowOf(instance);
    const { state, key } = instance.disk;
    if (!row || !state || row.revoked) continue;
    const { generation } = state.joinState;
    const isOwner =
      row.machine.bootId === instance.machine.bootId &&
      row.keys[key.keyId] === 'current' &&
      [row.ackedGeneration, row.pendingGeneration].includes(generation);
    if (isOwner) expect(await world.connect(instance)).toBe('connected');
  }
}

/** An identity that nobody copied is let in after any crash, rotation or restored database, at most when asked twice. */
async function originalsAreNeverLocked(world: World): Promise<void> {
  for (const instance of world.instances.filter(({ lineage }) => !lineage.isCopied)) {
    if (world.isForgotten(instance)) continue;
    const outcomes: string[] = [];
    for (let attempt = 0; attempt < 2 && !outcomes.includes('connected'); attempt += 1) {
      outcomes.push(await world.connect(instance));
      await world.settleSuspicions();
    }
    expect(outcomes).toContain('connected');
  }
}

/** Each instance that was let in with a newer key keeps all older ones out. */
async function retiredKeysAreDead(world: World): Promise<void> {
  for (const instance of world.instances) {
    const row = world.rowOf(instance);
    if (row?.keys[instance.disk.key.keyId] !== 'retired') continue;
    const { disk } = instance;
    const { nextKey: _, ...without } = disk;
    instance.disk = without;
    expect(await world.connect(instance)).toBe('refused');
    instance.disk = disk;
  }
}

describe.each<ClonePolicy>(['reject', 'replace', 'fork'])(
  'identities with the policy %s, whatever happens in whatever order,',
  (policy) => {
    it('have one owner, are locked by no stranger, and leave old keys dead', async () => {
      await fc.assert(
        fc.asyncProperty(history, async (happened) => {
          const world = new World(policy);
          await world.connect(world.at(0));
          for (const happen of happened) {
            await happen(world);
            neverTwoOwners(world);
          }
          await retiredKeysAreDead(world);
          await originalsAreNeverLocked(world);
          await ownersComeBack(world);
          neverTwoOwners(world);
        }),
        { numRuns: 30 },
      );
    });
  },
);
