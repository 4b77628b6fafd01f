import { unlessAborted } from '../../../lib/abort.ts';
import type { WorkspaceSpec } from '../provider.ts';
import { labelsOf } from '../labels.ts';
import type { ContainerMaker } from './containers/container-maker.ts';
import { layoutOf, userOf, volumesOf } from './containers/container-options.ts';
import { agentSettings, startContainer, type ContainerRun } from './containers/container-run.ts';
import type { EngineKind, KindReader } from './engine/engine-kind.ts';
import type { Engine } from './engine/engine.ts';
import type { Images, PreparedImage } from './images/images.ts';
import type { LimitCaps } from '../limits.ts';
import type { Network, Networks } from './network/networks.ts';
import type { Ownership } from './containers/preparation.ts';
import type { Doors, Site } from './site/site.ts';
import { Services } from './services/services.ts';
import { absentVolumes, createVolumes } from './files/volumes.ts';

export interface LaunchOptions {
  /** Marks what this installation makes in the engine, so that it is told from what others make. */
  readonly installationId: string;
  /** For workspaces whose settings name no image. */
  readonly defaultImage: string;
  readonly caps: LimitCaps;
}

interface LauncherDeps {
  readonly options: LaunchOptions;
  readonly engine: Engine;
  readonly images: Images;
  readonly networks: Networks;
  readonly containerMaker: ContainerMaker;
  readonly kind: KindReader;
  readonly ownership: Ownership;
  readonly site: Site;
}

interface Launched {
  readonly run: ContainerRun;
  /** What belongs beside it, not started yet; null: nothing does. */
  readonly services: Services | null;
}

/** What is there before anything is made of the workspace itself. */
interface Prepared {
  readonly spec: WorkspaceSpec;
  readonly image: PreparedImage;
  readonly known: EngineKind;
  readonly network: Network;
  /** Of its volumes those that are to be made. */
  readonly absent: readonly string[];
  /** For calls that end with the start. */
  readonly starting: Engine['api'];
}

/** createContainerLauncher returns what makes the container of a workspace that has none, and starts it. */
export function createContainerLauncher(deps: LauncherDeps) {
  const { options, engine, images, networks, containerMaker, kind } = deps;

  /** What has to be there or known first, each for itself. */
  function prepare(spec: WorkspaceSpec) {
    const reference = spec.container?.image ?? spec.settings.image ?? options.defaultImage;
    const absent = absentVolumes(engine.api, volumesOf(spec));
    return Promise.all([images.prepare(reference), networks.ensure(spec), kind.read(), absent]);
  }

  async function launchBehind(opened: Doors, prepared: Prepared) {
    const { spec, image, known, network, absent, starting } = prepared;
    const { workspaceId, projectId: project } = spec;
    const { caps, installationId: installation } = options;
    const { archivesReachVolumes: atOnce, limits } = known;
    const labels = labelsOf({ installation, project, workspace: workspaceId });
    const input = { spec, network: network.name, egress: opened.egress, labels };
    await createVolumes(starting, absent, labels);
    // Made while the engine makes the container.
    const invited = spec.join();
    invited.catch(() => undefined);
    const container = await containerMaker.make(starting, {
      ...{ ...input, image, doors: opened.mounts, limits },
    });
    const join = await invited;
    const layout = layoutOf(spec, image);
    const hasNewVolumes = absent.length > 0;
    await deps.ownership.give(container, { workspaceId, layout, hasNewVolumes, atOnce });
    await opened.furnish(container);
    const own = engine.api.getContainer(container.id);
    const run = await startContainer(starting, {
      ...{ container: own, close: opened.close },
      user: userOf(layout),
      settings: { ...agentSettings(join, layout), ...opened.settings(join) },
    });
    await opened.complete();
    const limitable = { ...limits, disk: containerMaker.limitsDisk };
    const services =
      spec.container &&
      new Services({ ...input, plan: spec.container, own, engine, caps, limitable });
    return { run, services };
  }

  return async (spec: WorkspaceSpec, signal: AbortSignal): Promise<Launched> => {
    const [image, network, known, absent] = await unlessAborted(prepare(spec), signal);
    const opened = await deps.site.openDoors(
      spec,
      known.isRootless ? { ...network, gateway: undefined } : network,
    );
    const starting = engine.until(signal);
    try {
      return await launchBehind(opened, { spec, image, known, network, absent, starting });
    } catch (error) {
      await opened.close();
      throw error;
    }
  };
}
