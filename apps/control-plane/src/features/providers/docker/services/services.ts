import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { ContainerPlan } from '../../container-plan.ts';
import type { ServiceDependency, ServicePlan } from '../../service-plan.ts';
import { toAppError, type Engine } from '../engine/engine.ts';
import { LABELS } from '../../labels.ts';
import { copyBetween } from './service-files.ts';
import { followContainer, followLines } from './service-logs.ts';
import { aliasesIn, networkOwner, OWN } from '../network/service-network.ts';
import { serviceOptions, serviceVolumes, type ServiceInput } from './service-options.ts';
import { ensureVolumes } from '../files/volumes.ts';

const POLL_MS = 200;
const LAST_LINES = 5;

/** ServiceWatch hears what services write and how they end; the workspace's own command has the name of its service. */
export interface ServiceWatch {
  readonly signal: AbortSignal;
  readonly onLine: (service: string, line: string) => void;
  readonly onEnded: (service: string, how: string) => void;
}

export interface ServicesInput extends Omit<ServiceInput, 'service' | 'network'> {
  readonly engine: Engine;
  readonly plan: ContainerPlan;
  /** The workspace's own container, which runs. */
  readonly own: Docker.Container;
  readonly network: string;
}

interface Running {
  readonly container: Docker.Container;
  readonly last: string[];
  /** Resolves once all that it wrote was heard. */
  followed: Promise<void>;
}

/** Services are the containers beside one workspace, from its start until it ends. */
export class Services {
  readonly #input: ServicesInput;
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();

  constructor(input: ServicesInput) {
    this.#input = input;
  }

  /** Starts each service once those are there that it waits for; then the workspace's own command. */
  async start(watch: ServiceWatch): Promise<void> {
    const { plan } = this.#input;
    const signal = AbortSignal.any([watch.signal, this.#closing.signal]);
    for (const service of plan.services) {
      await this.#waitFor(service.name, service.dependsOn, signal);
      signal.throwIfAborted();
      await this.#launch(service, watch);
    }
    await this.#waitFor(plan.aliases[0] ?? '', plan.dependsOn, signal);
    if (plan.command) await this.#runCommand(plan.command, watch);
  }

  /** Nobody listens to them any more. */
  close(): void {
    this.#closing.abort(new AppError('workspace_busy', 'The workspace was stopped'));
  }

  async #launch(service: ServicePlan, watch: ServiceWatch): Promise<void> {
    const { engine, labels, spec, own } = this.#input;
    // They belong to the workspace, whichever of its containers is the first to need them.
    await ensureVolumes(engine.api, serviceVolumes({ spec, service }), labels);
    const container = await engine.api.createContainer(
      serviceOptions({
        ...{ ...this.#input, service, network: this.#networkOf(service.name) },
        labels: { ...labels, [LABELS.service]: service.name },
      }),
    );
    const folder = spec.container?.workspaceFolder ?? '';
    for (const { from, to } of service.copies)
      await copyBetween({ container: own, path: `${folder}/${from}` }, container, to);
    const running: Running = { container, last: [], followed: Promise.resolve() };
    this.#running.set(service.name, running);
    await container.start().catch((error: unknown) => {
      throw ofService(service.name, toAppError(error, engine));
    });
    running.followed = this.#follow(service.name, running, watch);
  }

  #networkOf(name: string): ServiceInput['network'] {
    const { plan, network, own } = this.#input;
    const owner = networkOwner(plan, name);
    if (owner === OWN) return { of: own.id };
    const other = this.#running.get(owner);
    return other ? { of: other.container.id } : { name: network, aliases: aliasesIn(plan, owner) };
  }

  /** An engine that goes away ends it; the workspace is started anew then. */
  async #follow(name: string, { container, last }: Running, watch: ServiceWatch): Promise<void> {
    const { signal } = this.#closing;
    const onLine = (line: string) => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      watch.onLine(name, line);
    };
    const end = await followContainer(container, { onLine, signal }).catch(() => undefined);
    if (!end || signal.aborted) return;
    const { exitCode, isOutOfMemory } = end;
    watch.onEnded(
      name,
      isOutOfMemory ? 'needed more memory than its share' : `ended with ${exitCode}`,
    );
  }

  async #runCommand(command: readonly string[], watch: ServiceWatch): Promise<void> {
    const { own, plan, spec } = this.#input;
    const name = plan.aliases[0] ?? spec.name;
    const run = await own.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
    const output = await run.start({});
    output.on('error', () => undefined);
    const { signal } = this.#closing;
    signal.addEventListener('abort', () => output.destroy(), { once: true });
    void followLines(output, (line) => watch.onLine(name, line))
      .then(async () => {
        const { ExitCode: exitCode } = await run.inspect();
        if (!signal.aborted) watch.onEnded(name, `ended its command with ${exitCode}`);
      })
      .catch(() => undefined);
  }

  async #waitFor(
    name: string,
    dependencies: readonly ServiceDependency[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const dependency of dependencies) {
      const running = this.#running.get(dependency.service);
      // Of the workspace's own container it is enough that it runs.
      if (!running) continue;
      try {
        while (!(await isFulfilled(running, dependency)))
          await delay(POLL_MS, undefined, { signal });
      } catch (error) {
        signal.throwIfAborted();
        if (!dependency.required) continue;
        if (!(error instanceof Unfulfilled)) throw error;
        if (error.hasEnded) await running.followed;
        throw new AppError(
          'devcontainer_failed',
          [
            `"${name}" waits for "${dependency.service}", which ${error.message}`,
            ...running.last,
          ].join('\n'),
        );
      }
    }
  }
}

/** An engine says what is wrong with a command or an image, and not whose. */
function ofService(name: string, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'workspace_start_failed') return error;
  const words = `The service "${name}" can't be started. ${error.message}`;
  return new AppError('devcontainer_failed', words, { cause: error });
}

/** It will not come any more. */
class Unfulfilled extends Error {
  override readonly name = 'Unfulfilled';
  readonly hasEnded: boolean;

  constructor(message: string, hasEnded = false) {
    super(message);
    this.hasEnded = hasEnded;
  }
}

async function isFulfilled(
  { container }: Running,
  { condition }: ServiceDependency,
): Promise<boolean> {
  const { State: state } = await container.inspect();
  const hasEnded = !state.Running && !state.Restarting;
  if (condition === 'service_completed_successfully') {
    if (hasEnded && state.ExitCode !== 0)
      throw new Unfulfilled(`ended with ${state.ExitCode}`, true);
    return hasEnded;
  }
  if (condition === 'service_started') return true;
  if (hasEnded) throw new Unfulfilled(`ended with ${state.ExitCode}`, true);
  if (!state.Health) throw new Unfulfilled('has no healthcheck');
  if (state.Health.Status === 'unhealthy') throw new Unfulfilled('is not healthy');
  return state.Health.Status === 'healthy';
}
