import { randomUUID } from 'node:crypto';
import { createCoderMachine, type CoderMachine } from './coder-machine.ts';

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** A parameter of a template as its author writes it. */
export interface TemplateParameter {
  readonly name: string;
  readonly type?: 'string' | 'number' | 'bool' | 'list(string)';
  readonly defaultValue?: string;
  readonly required?: boolean;
  readonly mutable?: boolean;
  readonly ephemeral?: boolean;
  readonly options?: readonly string[];
  readonly regex?: string;
  readonly min?: number;
  readonly max?: number;
  readonly monotonic?: 'increasing' | 'decreasing';
}

export interface WorldTemplate {
  readonly id: string;
  readonly name: string;
  versionId: string;
  readonly parameters: readonly TemplateParameter[];
}

export interface LogLine {
  readonly id: number;
  readonly level: string;
  readonly stage: string;
  readonly output: string;
}

export type JobStatus = 'pending' | 'running' | 'succeeded' | 'canceling' | 'canceled' | 'failed';

export interface Build {
  readonly id: string;
  readonly number: number;
  readonly workspace: WorldWorkspace;
  readonly transition: 'start' | 'stop' | 'delete';
  readonly reason: string;
  readonly templateVersionId: string;
  readonly parameters: readonly Parameter[];
  readonly agentId: string;
  status: JobStatus;
  error: string;
  readonly logs: LogLine[];
}

export interface WorldWorkspace {
  readonly id: string;
  readonly name: string;
  readonly template: WorldTemplate;
  readonly machine: CoderMachine;
  readonly builds: Build[];
}

/** What the provisioner is to do with the builds that come. */
export interface Provisioner {
  /** False: they stay pending. */
  isAvailable: boolean;
  /** They stay running. */
  isHeld: boolean;
  /** They fail with this. */
  failure: { readonly error: string; readonly lines: readonly string[] } | undefined;
}

/** The agents of Coder, as they report themselves. */
export interface AgentState {
  status: string;
  lifecycle: string;
}

export function isActive({ status }: Build): boolean {
  return ['pending', 'running', 'canceling'].includes(status);
}

/** CoderWorld is what a Coder server has in its database, and its one provisioner. */
export class CoderWorld {
  readonly organizationId = randomUUID();
  readonly userId = randomUUID();
  readonly templates: WorldTemplate[] = [];
  readonly workspaces: WorldWorkspace[] = [];
  readonly provisioner: Provisioner = { isAvailable: true, isHeld: false, failure: undefined };
  readonly agent: AgentState = { status: 'connected', lifecycle: 'ready' };
  readonly #listeners = new Set<() => void>();
  readonly #jobs = new Set<Promise<void>>();
  #logId = 0;

  addTemplate(name: string, parameters: readonly TemplateParameter[] = []): WorldTemplate {
    const template = { id: randomUUID(), name, versionId: randomUUID(), parameters };
    this.templates.push(template);
    return template;
  }

  async addWorkspace(name: string, template: WorldTemplate): Promise<WorldWorkspace> {
    const machine = await createCoderMachine();
    const workspace = { id: randomUUID(), name, template, machine, builds: [] };
    this.workspaces.push(workspace);
    return workspace;
  }

  build(
    workspace: WorldWorkspace,
    transition: Build['transition'],
    {
      parameters,
      reason = 'initiator',
    }: { parameters?: readonly Parameter[]; reason?: string } = {},
  ): Build {
    const build: Build = {
      ...{ id: randomUUID(), number: workspace.builds.length + 1, workspace, transition, reason },
      templateVersionId: workspace.template.versionId,
      parameters: parameters ?? latest(workspace)?.parameters ?? [],
      agentId: randomUUID(),
      ...{ status: 'pending', error: '', logs: [] },
    };
    workspace.builds.push(build);
    this.#run(build);
    return build;
  }

  /** Lets waiting builds go on. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  log(build: Build, stage: string, { level = 'info', output }: { level?: string; output: string }) {
    this.#logId += 1;
    build.logs.push({ id: this.#logId, level, stage, output });
    this.changed();
  }

  async close(): Promise<void> {
    this.provisioner.isAvailable = true;
    this.provisioner.isHeld = false;
    this.changed();
    await Promise.all(this.#jobs);
    for (const { machine } of this.workspaces) await machine.remove();
  }

  #run(build: Build): void {
    const job = this.#provision(build).finally(() => this.#jobs.delete(job));
    this.#jobs.add(job);
  }

  async #provision(build: Build): Promise<void> {
    await this.#until(() => this.provisioner.isAvailable || build.status === 'canceled');
    if (build.status === 'canceled') return;
    build.status = 'running';
    this.log(build, 'Planning infrastructure', { output: 'Terraform 1.12.2' });
    this.log(build, 'Planning infrastructure', { output: '' });
    await this.#until(() => !this.provisioner.isHeld || !isRunning(build));
    if (!isRunning(build)) return this.#finish(build, 'canceled');
    const { failure } = this.provisioner;
    if (failure) {
      for (const output of failure.lines)
        this.log(build, 'Starting workspace', { level: 'error', output });
      build.error = failure.error;
      return this.#finish(build, 'failed');
    }
    const { machine } = build.workspace;
    if (build.transition !== 'start') await machine.end();
    if (build.transition === 'delete') await machine.remove();
    this.log(build, 'Starting workspace', { output: 'Apply complete! Resources: 1 added.' });
    this.#finish(build, 'succeeded');
  }

  #finish(build: Build, status: JobStatus): void {
    build.status = status;
    this.changed();
  }

  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onChange(() => {
        if (!condition()) return;
        stop();
        resolve();
      });
    });
  }
}

export function latest(workspace: WorldWorkspace): Build | undefined {
  return workspace.builds.at(-1);
}

/** It may have been cancelled meanwhile. */
function isRunning({ status }: Build): boolean {
  return status === 'running';
}
