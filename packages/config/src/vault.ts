import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const File = z.string().min(1).optional();
/** Without a slash at either end, and nothing that leads elsewhere. */
const Path = z
  .string()
  .regex(/^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/, 'must be a path such as teams/spt-flow');
/** The last part is the role, what is before it the place of the engine. */
const SshRole = z
  .string()
  .regex(
    /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)+$/,
    'must be the place of an SSH engine and a role of it, such as ssh-users/spt-flow',
  )
  .transform((text) => {
    const slash = text.lastIndexOf('/');
    return { mount: text.slice(0, slash), role: text.slice(slash + 1) };
  })
  .optional();
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
  SPT_FLOW_VAULT_SSH_USERS: SshRole,
  SPT_FLOW_VAULT_SSH_HOSTS: SshRole,
};
type Variables = z.infer<z.ZodObject<typeof VAULT_VARIABLES>>;

/** vaultOf is null where secrets are kept in the database; ConfigError where it is not clear how to sign in. */
export function vaultOf(variables: Variables) {
  const address = variables.SPT_FLOW_VAULT_ADDRESS;
  const ssh = sshOf(variables);
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
    /** Who certifies people and workspaces for SSH; null: keys of the installation. */
    ssh,
  };
}

function sshOf(variables: Variables) {
  const { SPT_FLOW_VAULT_SSH_USERS: users, SPT_FLOW_VAULT_SSH_HOSTS: hosts } = variables;
  if (!users && !hosts) return null;
  if (variables.SPT_FLOW_VAULT_ADDRESS === undefined)
    throw new ConfigError('SPT_FLOW_VAULT_SSH_USERS and _HOSTS need SPT_FLOW_VAULT_ADDRESS');
  if (!users || !hosts)
    throw new ConfigError('SPT_FLOW_VAULT_SSH_USERS and SPT_FLOW_VAULT_SSH_HOSTS need each other');
  if (users.mount === hosts.mount)
    throw new ConfigError(
      'SPT_FLOW_VAULT_SSH_USERS and SPT_FLOW_VAULT_SSH_HOSTS must be two SSH engines, because each has one authority',
    );
  return { users, hosts };
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
