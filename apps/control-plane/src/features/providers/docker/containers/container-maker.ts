import type Docker from 'dockerode';
import { containerOptions, type ContainerInput } from './container-options.ts';
import type { EngineLimits } from '../engine/engine-kind.ts';
import { wordsOf } from '../engine/engine.ts';
import { kvmOptions } from './kvm.ts';
import type { LimitCaps } from '../../limits.ts';

interface MakerInput extends Omit<ContainerInput, 'kvm' | 'caps' | 'limitable'> {
  readonly limits: EngineLimits;
}

export interface ContainerMaker {
  /** False once the engine refused to limit the disk of a container. */
  readonly limitsDisk: boolean;
  make(api: Docker, input: MakerInput): Promise<Docker.Container>;
}

/** createContainerMaker limits the disk of containers until the engine says that its storage driver can't. */
export function createContainerMaker(caps: LimitCaps): ContainerMaker {
  let limitsDisk = true;
  return {
    get limitsDisk() {
      return limitsDisk;
    },
    async make(api, { limits, ...input }) {
      const kvm = await kvmOptions(input.spec.settings);
      const attempt = () => {
        const limitable = { ...limits, disk: limitsDisk };
        return api.createContainer(containerOptions({ ...input, kvm, caps, limitable }));
      };
      try {
        return await attempt();
      } catch (error) {
        if (!limitsDisk || !/storage-opt|quota/i.test(wordsOf(error))) throw error;
        limitsDisk = false;
        return attempt();
      }
    },
  };
}
