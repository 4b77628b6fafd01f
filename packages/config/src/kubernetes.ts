import * as z from 'zod';
import { ConfigError } from './config-error.ts';

const Text = z.string().min(1).max(512).optional();
/** What Kubernetes calls things of its own. */
const Name = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be a name as Kubernetes has them');
const KEY = '[A-Za-z0-9]([A-Za-z0-9._/-]{0,250}[A-Za-z0-9])?';
const VALUE = '[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?';
const LABEL = new RegExp(`^(?<key>${KEY})=(?<value>${VALUE})$`);
const TOLERATION = new RegExp(
  `^(?<key>${KEY})(=(?<value>${VALUE}))?(:(?<effect>NoSchedule|PreferNoSchedule|NoExecute))?$`,
);

function listOf(pattern: RegExp, what: string) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.string().regex(pattern, `must be ${what}, separated by commas`)));
}

/** Where pods run workspaces, and how. */
export const KUBERNETES_VARIABLES = {
  SPT_FLOW_KUBERNETES_NAMESPACE: Name.optional(),
  SPT_FLOW_KUBERNETES_KUBECONFIG: Text,
  SPT_FLOW_KUBERNETES_CONTEXT: Text,
  SPT_FLOW_KUBERNETES_AGENT_IMAGE: Text,
  SPT_FLOW_KUBERNETES_AGENT_URL: z.url({ protocol: /^https$/ }).optional(),
  SPT_FLOW_KUBERNETES_CA_FILE: Text,
  SPT_FLOW_KUBERNETES_ENTRANCE_NAMESPACE: Name.optional(),
  SPT_FLOW_KUBERNETES_STORAGE_CLASS: Name.optional(),
  SPT_FLOW_KUBERNETES_RUNTIME_CLASS: Name.optional(),
  SPT_FLOW_KUBERNETES_NODE_SELECTOR: listOf(LABEL, 'labels such as pool=workspaces').default([]),
  SPT_FLOW_KUBERNETES_TOLERATIONS: listOf(
    TOLERATION,
    'taints such as pool=workspaces:NoSchedule',
  ).default([]),
  SPT_FLOW_KUBERNETES_PULL_SECRETS: listOf(
    /^[a-z0-9][a-z0-9.-]{0,252}$/,
    'names of secrets',
  ).default([]),
  SPT_FLOW_KUBERNETES_USER: z
    .string()
    .regex(
      /^[1-9]\d{0,9}:[1-9]\d{0,9}$/,
      'must be the numbers of an account and its group, not root',
    )
    .default('1000:1000'),
  SPT_FLOW_KUBERNETES_HOME: z
    .string()
    .regex(/^(\/(?!\.\.?(\/|$))[\w.-]+)+$/, 'must be a path')
    .default('/home/node'),
};
type Variables = z.infer<z.ZodObject<typeof KUBERNETES_VARIABLES>>;

/** kubernetesOf is null where no cluster runs workspaces; ConfigError where it is not clear how. */
export function kubernetesOf(variables: Variables, provider: string) {
  const {
    SPT_FLOW_KUBERNETES_NAMESPACE: namespace,
    SPT_FLOW_KUBERNETES_AGENT_IMAGE: agentImage,
    SPT_FLOW_KUBERNETES_USER: user,
  } = variables;
  if (namespace === undefined) {
    if (provider === 'kubernetes')
      throw new ConfigError('--workspace-provider kubernetes needs SPT_FLOW_KUBERNETES_NAMESPACE');
    return null;
  }
  if (agentImage === undefined)
    throw new ConfigError(
      'SPT_FLOW_KUBERNETES_NAMESPACE needs SPT_FLOW_KUBERNETES_AGENT_IMAGE: make it with "npm run images -- agent"',
    );
  const [uid = 0, gid = 0] = user.split(':').map(Number);
  return {
    /** Null: the account of the pod that spt-flow runs in. */
    kubeconfig: variables.SPT_FLOW_KUBERNETES_KUBECONFIG ?? null,
    context: variables.SPT_FLOW_KUBERNETES_CONTEXT ?? null,
    /** As agents in the cluster reach the control plane; null: by its public URL. */
    agentUrl: variables.SPT_FLOW_KUBERNETES_AGENT_URL ?? null,
    /** PEM of who signed its certificate; null: an authority that everybody knows. */
    caFile: variables.SPT_FLOW_KUBERNETES_CA_FILE ?? null,
    settings: {
      ...{ namespace, agentImage, uid, gid },
      home: variables.SPT_FLOW_KUBERNETES_HOME,
      storageClass: variables.SPT_FLOW_KUBERNETES_STORAGE_CLASS ?? null,
      runtimeClass: variables.SPT_FLOW_KUBERNETES_RUNTIME_CLASS ?? null,
      entranceNamespace: variables.SPT_FLOW_KUBERNETES_ENTRANCE_NAMESPACE ?? null,
      nodeSelector: Object.fromEntries(variables.SPT_FLOW_KUBERNETES_NODE_SELECTOR.map(labelOf)),
      tolerations: variables.SPT_FLOW_KUBERNETES_TOLERATIONS.map(tolerationOf),
      imagePullSecrets: variables.SPT_FLOW_KUBERNETES_PULL_SECRETS,
    },
  };
}

function labelOf(text: string): [string, string] {
  const { key = '', value = '' } = LABEL.exec(text)?.groups ?? {};
  return [key, value];
}

function tolerationOf(text: string) {
  const { key = '', value, effect } = TOLERATION.exec(text)?.groups ?? {};
  return {
    key,
    ...(value === undefined
      ? { operator: 'Exists' as const }
      : { operator: 'Equal' as const, value }),
    ...(effect !== undefined && { effect }),
  };
}
