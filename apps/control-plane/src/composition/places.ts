import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadCa } from '../boot/load-ca.ts';
import type { Agents } from '../features/agents/index.ts';
import {
  createCoderClient,
  createCoderProvider,
  createDockerProvider,
  createKubernetesProvider,
  createLocalProvider,
  createProviders,
  createServerProvider,
} from '../features/providers/index.ts';
import type { UpgradeHandler } from '../lib/upgrade-router.ts';
import type { AppDeps } from './core.ts';

interface Surroundings {
  readonly installationId: string;
  readonly publicUrl: string;
  readonly routeAgentUpgrade: UpgradeHandler;
  readonly hub: Agents['hub'];
  readonly onError: (error: unknown) => void;
  /** A workspace that this process found running has ended. */
  readonly onEnded: (workspaceId: string, cause: string) => void;
}

/** createPlaces builds all places where workspaces run; a cluster only where one is set up. */
export async function createPlaces(deps: AppDeps, surroundings: Surroundings) {
  const local = await createLocal(deps, surroundings.installationId);
  const docker = createDocker(deps, surroundings);
  const kubernetes = createKubernetes(deps, surroundings);
  const coder = openCoder(deps);
  return {
    ...{ local, docker, kubernetes, coder },
    providers: createProviders({
      ...{ local, docker, server: createServerProvider(surroundings.hub) },
      ...(kubernetes && { kubernetes }),
      ...(coder && { coder: createCoder(deps, coder, surroundings) }),
    }),
  };
}

/** clusterUrls are where agents of clusters dial, besides the public URL. */
export function clusterUrls({ config: { kubernetes } }: AppDeps): string[] {
  const url = kubernetes?.agentUrl ?? null;
  return url === null ? [] : [url];
}

function createLocal(deps: AppDeps, installationId: string) {
  return createLocalProvider({
    dataDirectory: deps.paths.root,
    installationId,
    agentFile: path.resolve(deps.distribution, '../../agent/dist/agent.cjs'),
    nodePath: process.execPath,
    environment: deps.environment,
    homeDirectory: deps.homeDirectory,
  });
}

function createDocker(
  { paths, distribution, config, environment }: AppDeps,
  surroundings: Pick<Surroundings, 'installationId' | 'routeAgentUpgrade'>,
) {
  return createDockerProvider({
    ...surroundings,
    dataDirectory: paths.root,
    agentDirectory: path.resolve(distribution, '../../agent/dist'),
    defaultImage: config.workspaces.image,
    caps: config.workspaces.caps,
    environment,
  });
}

function createKubernetes(
  { config, environment }: AppDeps,
  { installationId, publicUrl, onEnded }: Surroundings,
) {
  const { kubernetes, workspaces, agents } = config;
  if (!kubernetes) return undefined;
  const { settings, kubeconfig, context, agentUrl } = kubernetes;
  const { image: defaultImage, caps } = workspaces;
  const ca = loadCa(kubernetes.caFile, 'SPT_FLOW_KUBERNETES_CA_FILE');
  const url = agentUrl ?? publicUrl;
  return createKubernetesProvider({
    ...{ settings, defaultImage, caps, installationId },
    ...{ access: { kubeconfig, context, environment }, onEnded },
    link: { url, channelBinding: agents.channelBinding, ca },
  });
}

/** openCoder asks nothing yet; null: there is no Coder server. */
function openCoder({ config }: AppDeps) {
  if (!config.coder) return null;
  const { url, tokenFile, caFile, organization } = config.coder;
  const client = createCoderClient({
    ...{ url, organization, ca: loadCa(caFile, 'SPT_FLOW_CODER_CA_FILE') },
    readToken: async () => (await readFile(tokenFile, 'utf8')).trim(),
  });
  return { url, client };
}

function createCoder(
  { config }: AppDeps,
  coder: NonNullable<ReturnType<typeof openCoder>>,
  { publicUrl, hub, onError }: Surroundings,
) {
  const link = { url: publicUrl, channelBinding: config.agents.channelBinding };
  return createCoderProvider({ ...coder, link, hub, onError });
}
