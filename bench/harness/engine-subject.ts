import Docker from 'dockerode';
import { ensureBaseImage } from '../../scripts/lib/base-image.mjs';
import { requireEngine, type Engine } from '../../scripts/lib/container-engine.mjs';
import { withSubject, type Subject } from './subject.ts';

/** The engine works in processes of its own, which would count as somebody else's. */
export const UNDISTURBED = {
  during: async <T>(work: () => Promise<T>) => ({ result: await work(), foreignShare: 0 }),
};

export interface EngineSubject extends Subject {
  readonly engine: Docker;
  readonly image: string;
}

/** withEngineSubject measures a product whose workspaces are containers of this machine's engine. */
export async function withEngineSubject<T>(
  work: (subject: EngineSubject) => Promise<T>,
  imageOf: (engine: Engine) => Promise<string> = ensureBaseImage,
): Promise<T> {
  const { socket } = await requireEngine();
  const image = await imageOf({ socket });
  const engine = new Docker({ socketPath: socket });
  const env = {
    DOCKER_HOST: `unix://${socket}`,
    SPT_FLOW_WORKSPACE_PROVIDER: 'docker',
    SPT_FLOW_WORKSPACE_IMAGE: image,
    MAX_PROJECTS_PER_USER: '1000',
    MAX_RUNNING_WORKSPACES_PER_USER: '2000',
  };
  return withSubject((subject) => work({ ...subject, engine, image }), { env });
}
