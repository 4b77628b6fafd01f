import { posix } from 'node:path';
import type { ServicePlan } from '../../providers/index.ts';
import { invalid, isInside } from '../reading/index.ts';
import {
  isServiceTarget,
  judgeMetadata,
  type Limits,
  type Refuse,
  type RefuseAt,
} from '../rules/index.ts';
import { parseEnvFile } from './env-file.ts';
import {
  isLocatedMap,
  mapOf,
  placeIn,
  plain,
  textOf,
  type Located,
  type Place,
} from '../../../lib/located-yaml.ts';
import type { ComposeModel } from './load.ts';
import { judgeVolumes, type ServiceFiles } from './service-mounts.ts';
import {
  DECIDED_HERE,
  DEVICES,
  NAMESPACES,
  ServiceSchema,
  type ComposeService,
} from './service-schema.ts';
import { splitWords } from './words.ts';

const BUILD_OPTIONS = new Set(['context', 'dockerfile', 'target', 'args']);
const BUILD_IGNORED = new Set([
  'cache_from',
  'cache_to',
  'no_cache',
  'pull',
  'labels',
  'tags',
  'platforms',
  'shm_size',
]);
const UNDERSTOOD = new Set(Object.keys(ServiceSchema.shape));
const RENAMED: Readonly<Record<string, string>> = {
  capAdd: 'cap_add',
  securityOpt: 'security_opt',
};

/** JudgedService is a service of which nothing is forbidden; its image is not there yet. */
export interface JudgedService {
  readonly name: string;
  readonly place: Place;
  readonly image: string | undefined;
  /** Paths relative to the project. */
  readonly build: JudgedBuild | undefined;
  readonly plan: Omit<ServicePlan, 'image' | 'name'>;
  readonly profiles: readonly string[];
  /** What has no effect here. */
  readonly ignored: readonly string[];
}

export interface JudgedBuild {
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
}

export interface ServiceContext {
  readonly model: ComposeModel;
  readonly limits: Limits;
  readonly refuse: RefuseAt;
  readonly projectName: string;
  /** Name of the service that is the workspace. */
  readonly main: string;
}

/** judgeService reads one service, and refuses what it may not ask for. */
export async function judgeService(
  name: string,
  located: Located,
  context: ServiceContext,
): Promise<JudgedService> {
  const { model, limits } = context;
  const refuse: Refuse = (rule, [key = '', ...rest], problem) =>
    context.refuse(
      rule,
      placeIn(located, [RENAMED[key] ?? key, ...rest]),
      `${problem} of the service "${name}"`,
    );
  const ignored = judgeKeys(located, refuse);
  const service = read(located, name);
  const { cap_add: capAdd, security_opt: securityOpt, privileged } = service;
  const wishes = judgeMetadata({ capAdd, securityOpt, privileged }, limits, refuse);
  const files = judgeVolumes(service.volumes, {
    ...{ model, service: name, refuse, projectName: context.projectName },
    isMain: name === context.main,
    placeOf: (index) => placeIn(located, ['volumes', index]),
  });
  const plan = {
    ...planOf(service, located),
    ...withTmpfs(files, service, refuse),
    environment: await environmentOf(service, located, context),
    networkOf: networkOf(service, refuse),
    ...{ capabilities: wishes.capabilities, securityOptions: wishes.securityOptions },
    privileged: wishes.privileged,
  };
  const { image, profiles } = service;
  const build = judgeBuild(service, located, { model, refuse });
  if (!service.build && image === undefined)
    throw invalid(located.place, `the service "${name}" needs an "image" or a "build"`);
  return { ...{ name, image, profiles, ignored, build, plan }, place: located.place };
}

/** What is in no list is refused, whatever it may mean. */
function judgeKeys(located: Located, refuse: Refuse): string[] {
  const ignored: string[] = [];
  for (const [key, value] of mapOf(located, 'a service', invalid)) {
    if (key === 'ports') refuse('published-port', [key], '"ports"');
    else if (DEVICES.has(key)) refuse('device', [key], `"${key}"`);
    else if (NAMESPACES.has(key)) {
      if (value.value !== 'private') refuse('host-namespace', [key], `"${key}: ${textOf(value)}"`);
    } else if (DECIDED_HERE.has(key)) ignored.push(key);
    else if (!UNDERSTOOD.has(key) && !key.startsWith('x-'))
      refuse('compose-option', [key], `"${key}"`);
  }
  return ignored;
}

function read(located: Located, name: string): ComposeService {
  const parsed = ServiceSchema.safeParse(plain(located));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).filter((part) => typeof part !== 'symbol');
  throw invalid(
    placeIn(located, path),
    `"${[name, ...path].join('.')}": ${issue?.message ?? 'not valid'}`,
  );
}

function planOf(service: ComposeService, located: Located) {
  const words = (key: 'command' | 'entrypoint') => {
    const value = service[key] ?? null;
    return typeof value === 'string' ? splitWords(value, placeIn(located, [key])) : value;
  };
  return {
    user: service.user ?? null,
    entrypoint: words('entrypoint'),
    command: words('command'),
    workingDirectory: service.working_dir ?? null,
    isReadOnly: service.read_only,
    init: service.init,
    aliases: Object.values(service.networks).flatMap((network) =>
      network && 'aliases' in network ? network.aliases : [],
    ),
    dependsOn: Object.entries(service.depends_on).map(([other, { condition, required }]) => ({
      ...{ service: other, condition, required },
    })),
    healthcheck: healthcheckOf(service),
    restarts: service.restart !== 'no' && service.restart !== 'false',
  };
}

function healthcheckOf({ healthcheck }: ComposeService): ServicePlan['healthcheck'] {
  if (!healthcheck) return null;
  const { test, interval, timeout, start_period: startPeriod, retries } = healthcheck;
  const command = typeof test === 'string' ? ['CMD-SHELL', test] : (test ?? null);
  return {
    test: healthcheck.disable ? ['NONE'] : command,
    intervalMs: interval ?? null,
    timeoutMs: timeout ?? null,
    startPeriodMs: startPeriod ?? null,
    retries: retries ?? null,
  };
}

function networkOf(
  { network_mode: mode = 'bridge' }: ComposeService,
  refuse: Refuse,
): string | null {
  const other = /^service:(.+)$/.exec(mode)?.[1];
  if (other !== undefined) return other;
  if (mode !== 'bridge') refuse('host-namespace', ['network_mode'], `"network_mode: ${mode}"`);
  return null;
}

function withTmpfs(files: ServiceFiles, { tmpfs }: ComposeService, refuse: Refuse): ServiceFiles {
  const more = judgeTmpfs(tmpfs, refuse);
  return { ...files, mounts: [...files.mounts, ...more] };
}

function judgeTmpfs(tmpfs: readonly string[], refuse: Refuse): ServiceFiles['mounts'] {
  return tmpfs.flatMap((text, index) => {
    const target = text.split(':')[0] ?? '';
    if (isServiceTarget(target))
      return [{ kind: 'tmpfs' as const, name: '', target, isReadOnly: false }];
    refuse('mount-target', ['tmpfs', index], `A mount at "${target}"`);
    return [];
  });
}

/** Files first, then what the service itself says; a name without a value takes that of the project's `.env`. */
async function environmentOf(
  { env_file: files, environment }: ComposeService,
  located: Located,
  { model, refuse }: ServiceContext,
): Promise<Record<string, string>> {
  let joined: Record<string, string> = {};
  for (const [index, { path, required }] of files.entries()) {
    const place = placeIn(located, ['env_file', index]);
    const file = model.locate(place, path);
    if (file === undefined || !isInside(file)) {
      refuse('compose-file', place, `"${path}", which is no file of the repository,`);
      continue;
    }
    const text = await model.readText(file);
    if (text === undefined && required) throw invalid(place, `there is no file "${path}"`);
    if (text !== undefined) joined = { ...joined, ...parseEnvFile(file, text) };
  }
  for (const [name, value] of Object.entries(environment ?? {})) {
    const known = value ?? model.variables[name];
    if (known !== undefined) joined[name] = known;
  }
  return joined;
}

function judgeBuild(
  { build }: ComposeService,
  located: Located,
  { model, refuse }: Pick<ServiceContext, 'model'> & { refuse: Refuse },
): JudgedBuild | undefined {
  if (!build) return undefined;
  const written = mapOf(located, 'a service', invalid).get('build')?.value;
  for (const key of isLocatedMap(written) ? written.keys() : [])
    if (!BUILD_OPTIONS.has(key) && !BUILD_IGNORED.has(key))
      refuse('build-option', ['build', key], `"${key}"`);
  const { context = '.', dockerfile = 'Dockerfile', target, args = null } = { ...EMPTY, ...build };
  const place = placeIn(located, ['build', 'context']);
  const folder = model.locate(place, context);
  const file = folder && posix.normalize(posix.join(folder, dockerfile));
  const no = (key: string, path: string): undefined => {
    refuse('build-context', ['build', key], `"${path}", which is outside of the repository,`);
  };
  if (folder === undefined || !isInside(folder)) return no('context', context);
  if (file === undefined || posix.isAbsolute(dockerfile) || !isInside(file))
    return no('dockerfile', dockerfile);
  const known = Object.entries(args ?? {}).flatMap(([name, value]): [string, string][] => {
    const text = value ?? model.variables[name];
    return text === undefined ? [] : [[name, text]];
  });
  return { context: folder, dockerfile: file, target, args: Object.fromEntries(known) };
}

const EMPTY: { dockerfile?: string; target?: string; args?: Record<string, string | null> | null } =
  {};
