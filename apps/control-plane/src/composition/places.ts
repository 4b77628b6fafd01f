import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadCa } from '../boot/load-ca.ts';
import type { Agents } from '../features/agents/index.ts';
import {
  createCoderClient,
  createCoderProvider,
  createDockerProvider,
  createHostConnection,
  createHostProvider,
  createHosts,
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
  const hosts = createHosts((hostId) => openHost(deps, hostId, surroundings));
  const own = {
    ...{ local, docker, server: createServerProvider(surroundings.hub) },
    ...(kubernetes && { kubernetes }),
    ...(coder && { coder: createCoder(deps, coder, surroundings) }),
  };
  return {
    ...{ local, docker, kubernetes, coder, hosts },
    providers: createProviders(own, hosts),
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
  deps: AppDeps,
  { installationId, routeAgentUpgrade }: Pick<Surroundings, 'installationId' | 'routeAgentUpgrade'>,
) {
  const { paths, environment } = deps;
  return createDockerProvider({
    ...{ ...containersOf(deps), installationId, routeAgentUpgrade, environment },
    dataDirectory: paths.root,
  });
}

function containersOf({ distribution, config: { workspaces } }: AppDeps) {
  return {
    agentDirectory: path.resolve(distribution, '../../agent/dist'),
    defaultImage: workspaces.image,
    caps: workspaces.caps,
  };
}

/** What it makes there has a label of its own: the engine may be that of this machine. */
function openHost(
  deps: AppDeps,
  hostId: string,
  { installationId, publicUrl, hub, onEnded }: Surroundings,
) {
  return createHostProvider({
    ...{ ...containersOf(deps), ...createHostConnection(hub, hostId), onEnded },
    installationId: `${installationId}.${hostId}`,
    link: { url: publicUrl, channelBinding: deps.config.agents.channelBinding },
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
