import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, cp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  ChangeSetReceiptSchema,
  type ChangeSetReceipt,
  type ChangeSetRequest,
} from '@spt-flow/shared/agent-protocol/change-set';
import { buildAgent, bundleScript, programIn } from './build.ts';
import type { DriverTask } from './change-set-driver.ts';
import { appSource, changeSet, createProject, sha256, writeEdit, type Project } from './project.ts';

export interface Drive {
  readonly signal: string | null;
  readonly steps: string[];
  readonly logs: string[];
  readonly receipt: ChangeSetReceipt | undefined;
  readonly complaint: string;
}

export interface Driver {
  /** Applies a change set, or only recovers, in a process of its own. */
  drive(project: Project, task?: DriveOptions): Promise<Drive>;
  close(): Promise<void>;
}

type DriveOptions = Omit<DriverTask, 'state' | 'project' | 'bundle'> & {
  /** What runs the driver, such as another user. */
  readonly wrapper?: readonly string[];
};

export async function createDriver(): Promise<Driver> {
  const folder = await buildAgent();
  const script = await bundleScript('change-set-driver', folder);

  async function drive(project: Project, { wrapper = [], ...options }: DriveOptions = {}) {
    const task: DriverTask = {
      state: project.state,
      project: project.directory,
      bundle: programIn(folder),
      ...options,
    };
    const [file, ...args] = [...wrapper, process.execPath, script, JSON.stringify(task)];
    const child = spawn(file, args);
    const [[, signal], output, complaint] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    const lines = output.split('\n');
    const linesOf = (kind: string) =>
      lines.filter((line) => line.startsWith(kind)).map((line) => line.slice(kind.length));
    const [receipt] = linesOf('receipt ');
    return {
      signal: typeof signal === 'string' ? signal : null,
      steps: linesOf('step '),
      logs: linesOf('log '),
      receipt:
        receipt === undefined ? undefined : ChangeSetReceiptSchema.parse(JSON.parse(receipt)),
      complaint,
    };
  }

  return { drive, close: () => rm(folder, { recursive: true, force: true }) };
}

export const FILES = {
  'server.js': appSource('old'),
  'keep/run.sh': '#!/bin/sh\necho old\n',
  'gone.txt': 'to be deleted\n',
};

export function editsWith(server: string): ChangeSetRequest['edits'] {
  return [
    writeEdit('server.js', server, sha256(FILES['server.js'])),
    writeEdit('keep/run.sh', '#!/bin/sh\necho new\n'),
    { action: 'delete', path: 'gone.txt' },
    writeEdit('made/deep/new.txt', 'created\n', null),
  ];
}

export function goodChange(port: number) {
  return {
    edits: editsWith(appSource('new')),
    process: {
      name: 'app',
      command: `exec ${process.execPath} server.js`,
      env: { PORT: String(port) },
    },
    probe: { port, path: '/', timeoutMs: 5_000 },
  };
}

export function badChange(port: number) {
  return {
    ...goodChange(port),
    edits: editsWith(appSource('new', 'exits')),
    build: { command: 'true', timeoutMs: 5_000 },
  };
}

/** Writes a request where a driver finds it. */
export async function writeRequest(
  project: Project,
  change: Partial<ChangeSetRequest>,
  name = 'request.json',
): Promise<string> {
  const file = join(project.root, name);
  await writeFile(file, JSON.stringify(changeSet(change)));
  return file;
}

/** A project with a copy of itself, to begin anew from. */
export async function createResettable(files: Readonly<Record<string, string>> = FILES) {
  const project = await createProject(files);
  const template = join(project.root, 'template');
  await cp(project.directory, template, { recursive: true });
  return {
    project,
    template,
    async reset() {
      await rm(project.state, { recursive: true, force: true });
      await rm(project.directory, { recursive: true, force: true });
      await cp(template, project.directory, { recursive: true });
    },
  };
}

/** What an engine that is done must not leave in its state directory. */
export async function leftOvers(project: Project): Promise<string[]> {
  const staged = await readdir(join(project.state, 'stage'));
  const groups = await readdir(join(project.state, 'groups'));
  const hasJournal = await access(join(project.state, 'journal.json')).then(
    () => ['journal'],
    () => [],
  );
  return [...staged, ...groups, ...hasJournal];
}
