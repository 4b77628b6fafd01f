import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const File = z.string().min(1).optional();
/** Without a slash at either end, and nothing that leads elsewhere. */
const Path = z
  .string()
  .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/, 'must be a path such as teams/spt-flow');
const SOURCE = /^(?:([A-Za-z_]\w*)=([\w./-]+)#([\w.-]+)|([\w./-]+))$/;

const Sources = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(
    z.array(
      z
        .string()
        .regex(SOURCE, 'must be paths, or NAME=path#field, separated by commas')
        .transform((text) => {
          const [, name, path = '', field = '', all = ''] = SOURCE.exec(text) ?? [];
          return name === undefined ? { path: all, name: null } : { path, name, field };
        }),
    ),
  );

/** Where secrets are kept instead of the database: Vault, or OpenBao. */
export const VAULT_VARIABLES = {
  SPT_FLOW_VAULT_ADDRESS: z.url({ protocol: /^https?$/ }).optional(),
  SPT_FLOW_VAULT_NAMESPACE: z.string().min(1).max(512).optional(),
  SPT_FLOW_VAULT_CA_FILE: File,
  SPT_FLOW_VAULT_MOUNT: Path.default('secret'),
  SPT_FLOW_VAULT_PATH: Path.default('spt-flow'),
  SPT_FLOW_VAULT_TOKEN_FILE: File,
  SPT_FLOW_VAULT_ROLE_ID: z.string().min(1).optional(),
  SPT_FLOW_VAULT_SECRET_ID_FILE: File,
  SPT_FLOW_VAULT_KUBERNETES_ROLE: z.string().min(1).optional(),
  SPT_FLOW_VAULT_KUBERNETES_TOKEN_FILE: z
    .string()
    .min(1)
    .default('/var/run/secrets/kubernetes.io/serviceaccount/token'),
  SPT_FLOW_VAULT_LOGIN_MOUNT: Path.optional(),
  SPT_FLOW_VAULT_SHARED: Sources.default([]),
  SPT_FLOW_VAULT_RESTART_APPS: z.stringbool().default(false),
};
type Variables = z.infer<z.ZodObject<typeof VAULT_VARIABLES>>;

/** vaultOf is null where secrets are kept in the database; ConfigError where it is not clear how to sign in. */
export function vaultOf(variables: Variables) {
  const address = variables.SPT_FLOW_VAULT_ADDRESS;
  if (address === undefined) return null;
  return {
    address,
    namespace: variables.SPT_FLOW_VAULT_NAMESPACE ?? null,
    /** PEM of who signed its certificate; null: the authorities of the machine. */
    caFile: variables.SPT_FLOW_VAULT_CA_FILE ?? null,
    mount: variables.SPT_FLOW_VAULT_MOUNT,
    path: variables.SPT_FLOW_VAULT_PATH,
    login: loginOf(variables),
    /** What all workspaces get. */
    shared: variables.SPT_FLOW_VAULT_SHARED,
    /** Apps are restarted when a value changes in Vault by itself. */
    restartApps: variables.SPT_FLOW_VAULT_RESTART_APPS,
  };
}

function loginOf(variables: Variables) {
  const {
    SPT_FLOW_VAULT_TOKEN_FILE: tokenFile,
    SPT_FLOW_VAULT_ROLE_ID: roleId,
    SPT_FLOW_VAULT_SECRET_ID_FILE: secretIdFile,
    SPT_FLOW_VAULT_KUBERNETES_ROLE: role,
    SPT_FLOW_VAULT_KUBERNETES_TOKEN_FILE: serviceToken,
    SPT_FLOW_VAULT_LOGIN_MOUNT: mount,
  } = variables;
  const given = [tokenFile, roleId, role].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new ConfigError(
      'SPT_FLOW_VAULT_ADDRESS needs one way to sign in: SPT_FLOW_VAULT_TOKEN_FILE, SPT_FLOW_VAULT_ROLE_ID with SPT_FLOW_VAULT_SECRET_ID_FILE, or SPT_FLOW_VAULT_KUBERNETES_ROLE',
    );
  if (tokenFile !== undefined) return { method: 'token' as const, tokenFile };
  if (role !== undefined)
    return {
      ...{ method: 'kubernetes' as const, role },
      ...{ mount: mount ?? 'kubernetes', tokenFile: serviceToken },
    };
  if (roleId === undefined || secretIdFile === undefined)
    throw new ConfigError('SPT_FLOW_VAULT_ROLE_ID needs SPT_FLOW_VAULT_SECRET_ID_FILE');
  return { method: 'approle' as const, mount: mount ?? 'approle', roleId, secretIdFile };
}
