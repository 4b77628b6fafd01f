import * as z from 'zod';
import type { Overlay } from './overlay.ts';
import type { ProjectMachine } from './project-machine.ts';
import { defineTool, type ToolContext } from './tool.ts';
import { ToolError } from './tool-error.ts';

const REPORT = '.dependency.json';
const MAX_REASON_CHARACTERS = 1500;

/** No shell character can be part of a name or version. */
const NameSchema = z
  .string()
  .max(200)
  .regex(/^@?[A-Za-z0-9][A-Za-z0-9._~/-]*$/, 'must be the name of a package');
const VersionSchema = z
  .string()
  .max(50)
  .regex(/^v?[0-9][A-Za-z0-9.+_-]*$/, 'must be an exact version, such as 1.2.3');

interface Wanted {
  readonly name: string;
  readonly version: string | undefined;
}

/** How one kind of project takes a dependency in. */
interface Ecosystem {
  /** A project with this file is of the kind. */
  readonly manifest: string;
  readonly lockFile: string | null;
  command(wanted: Wanted): string;
}

const ECOSYSTEMS: readonly Ecosystem[] = [
  {
    manifest: 'package.json',
    lockFile: 'package-lock.json',
    command: ({ name, version = 'latest' }) =>
      `npm install --package-lock-only --save-exact --ignore-scripts --no-audit --no-fund '${name}@${version}'`,
  },
  {
    manifest: 'requirements.txt',
    lockFile: null,
    // A target keeps pip from refusing a Python that belongs to the system.
    command: ({ name, version }) =>
      `python3 -m pip install --dry-run --no-deps --ignore-installed --quiet --target .dependency --report ${REPORT} '${name}${version === undefined ? '' : `==${version}`}'`,
  },
  {
    manifest: 'go.mod',
    lockFile: 'go.sum',
    command: ({ name, version = 'latest' }) => `go get '${name}@${version}'`,
  },
];

const PipReportSchema = z.looseObject({
  install: z
    .array(z.looseObject({ metadata: z.looseObject({ name: z.string(), version: z.string() }) }))
    .min(1),
});

function withRequirement(text: string, report: string): string {
  const [{ metadata } = { metadata: { name: '', version: '' } }] = PipReportSchema.parse(
    JSON.parse(report),
  ).install;
  const same = (line: string) =>
    line.split(/[\s<>=!~;[]/, 1)[0]?.toLowerCase() === metadata.name.toLowerCase();
  const kept = text.split('\n').filter((line) => line.trim() !== '' && !same(line));
  return `${[...kept, `${metadata.name}==${metadata.version}`].join('\n')}\n`;
}

async function ecosystemOf(overlay: Overlay): Promise<Ecosystem> {
  const paths = new Set(await overlay.list());
  const found = ECOSYSTEMS.find(({ manifest }) => paths.has(manifest));
  if (found) return found;
  const names = ECOSYSTEMS.map(({ manifest }) => manifest).join(', ');
  throw new ToolError(`The project has none of ${names}. Write the one you need first.`);
}

async function resolve(
  { manifest, lockFile, command }: Ecosystem,
  wanted: Wanted,
  { overlay, machine }: { readonly overlay: Overlay; readonly machine: ProjectMachine },
): Promise<ReadonlyMap<string, string>> {
  const keep = [manifest, REPORT, ...(lockFile === null ? [] : [lockFile])];
  const edits = await overlay.edits();
  const outcome = await machine.tryOut({ command: command(wanted), edits, keep });
  if (outcome.exitCode === 0) return outcome.files;
  throw new ToolError(
    `${wanted.name} could not be added. Nothing was changed.\n${outcome.output.slice(-MAX_REASON_CHARACTERS)}`,
  );
}

async function add(wanted: Wanted, { overlay, machine }: ToolContext): Promise<string> {
  const ecosystem = await ecosystemOf(overlay);
  const { manifest, lockFile } = ecosystem;
  const files = await resolve(ecosystem, wanted, { overlay, machine });
  const before = (await overlay.read(manifest)) ?? '';
  const report = files.get(REPORT);
  const after = report === undefined ? files.get(manifest) : withRequirement(before, report);
  if (after === undefined || after === before)
    throw new ToolError(`${manifest} names ${wanted.name} in this version already.`);
  await overlay.write(manifest, after);
  const lock = lockFile === null ? undefined : files.get(lockFile);
  if (lockFile !== null && lock !== undefined && lock !== (await overlay.read(lockFile)))
    await overlay.write(lockFile, lock, 'written by the package manager');
  return `Added ${wanted.name} to ${manifest}. It is installed when the change is applied, if the build command of spt-flow.json does so.`;
}

export const addDependency = defineTool({
  name: 'add_dependency',
  kind: 'commands',
  description:
    'Add a package from the registry to package.json, requirements.txt or go.mod, with its exact version, and to the lock file. Do not write versions from memory: use this.',
  schema: z.strictObject({ name: NameSchema, version: VersionSchema.optional() }),
  run: ({ name, version }, context) => add({ name, version }, context),
});
