import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** ClusterAccess is where the API of a cluster is, and how to prove who asks. */
export interface ClusterAccess {
  /** Without a slash at the end. */
  readonly server: string;
  readonly ca: string | undefined;
  readonly isUnverified: boolean;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /** Read at each call: tokens of accounts are renewed in their file. */
  readonly token: () => Promise<string | undefined>;
}

export interface AccessOptions {
  /** Null: what Kubernetes gives to the pods of an account. */
  readonly kubeconfig: string | null;
  /** Null: the current one. */
  readonly context: string | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** readAccess throws an Error that says what is missing in which file. */
export function readAccess(options: AccessOptions): Promise<ClusterAccess> {
  return options.kubeconfig === null
    ? fromAccount(options.environment)
    : fromKubeconfig(options.kubeconfig, options.context);
}

async function fromAccount(environment: AccessOptions['environment']): Promise<ClusterAccess> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (!host)
    throw new Error(
      'spt-flow runs outside of a cluster: name one in SPT_FLOW_KUBERNETES_KUBECONFIG',
    );
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    server: `https://${name}:${port ?? '443'}`,
    ca: await readFile(`${ACCOUNT}/ca.crt`, 'utf8'),
    isUnverified: false,
    certificate: undefined,
    token: () => readToken(`${ACCOUNT}/token`),
  };
}

const ClusterSchema = {
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
  'insecure-skip-tls-verify': z.boolean().default(false),
};
const UserSchema = {
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
  exec: z.unknown().optional(),
};
const KubeconfigSchema = z.object({
  clusters: z.array(z.object({ name: z.string(), cluster: z.object(ClusterSchema) })).default([]),
  users: z.array(z.object({ name: z.string(), user: z.object(UserSchema) })).default([]),
  contexts: z
    .array(
      z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
    )
    .default([]),
  'current-context': z.string().default(''),
});

async function fromKubeconfig(file: string, wanted: string | null): Promise<ClusterAccess> {
  const config = await readKubeconfig(file);
  const name = wanted ?? config['current-context'];
  const context = find(config.contexts, name, `the context "${name}"`).context;
  const { cluster } = find(config.clusters, context.cluster, `the cluster "${context.cluster}"`);
  const { user } = find(config.users, context.user, `the user "${context.user}"`);
  const read = (kind: string, data?: string, place?: string) =>
    contentOf({ file, kind, data, place });
  const cert = await read(
    'certificate',
    user['client-certificate-data'],
    user['client-certificate'],
  );
  const key = await read('key', user['client-key-data'], user['client-key']);
  const { token, tokenFile } = user;
  const certificate = cert !== undefined && key !== undefined ? { cert, key } : undefined;
  if (token === undefined && tokenFile === undefined && !certificate)
    throw new Error(
      `${file} has neither a token nor a certificate with its key for "${context.user}"${user.exec === undefined ? '' : ', and programs that fetch one are not run: make a token of a service account'}`,
    );
  return {
    server: cluster.server.replace(/\/+$/, ''),
    ca: await read(
      'authority',
      cluster['certificate-authority-data'],
      cluster['certificate-authority'],
    ),
    isUnverified: cluster['insecure-skip-tls-verify'],
    certificate,
    token: async () =>
      tokenFile === undefined ? token : readToken(path.resolve(path.dirname(file), tokenFile)),
  };

  function find<T extends { name: string }>(list: readonly T[], wantedName: string, what: string) {
    const found = list.find(({ name: one }) => one === wantedName);
    if (found) return found;
    throw new Error(`${file} does not have ${what}`);
  }
}

async function readKubeconfig(file: string) {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`${file} can't be read`, { cause });
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // The parser quotes what it stumbled over, which may be a secret.
    throw new Error(`${file} is not YAML`);
  }
  const parsed = KubeconfigSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${file} is no kubeconfig: ${issue?.path.join('.')} ${issue?.message}`);
}

interface Content {
  readonly file: string;
  readonly kind: string;
  readonly data: string | undefined;
  readonly place: string | undefined;
}

/** Data comes before files, and files are relative to the one that names them. */
async function contentOf({ file, kind, data, place }: Content): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  if (place === undefined) return undefined;
  const full = path.resolve(path.dirname(file), place);
  return readFile(full, 'utf8').catch((cause: unknown) => {
    throw new Error(`The ${kind} ${full} can't be read`, { cause });
  });
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new Error(`The token ${file} can't be read`, { cause });
  });
  return text.trim();
}
