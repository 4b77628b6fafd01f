import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';

const KVM = '/dev/kvm';

/** kvmProblem says why virtual machines can't run on this machine; undefined: they can. */
export function kvmProblem(device = KVM): string | undefined {
  if (existsSync(device)) return undefined;
  return `This machine has no ${device}: it takes hardware or a cloud instance that virtualizes, e.g. one that is called .metal on AWS`;
}

/** kvmOptions gives a container the device, and its user the group that may use it. */
export async function kvmOptions(
  { virtualization }: Pick<WorkspaceSettings, 'virtualization'>,
  device = KVM,
): Promise<Pick<Docker.HostConfig, 'Devices' | 'GroupAdd'>> {
  if (!virtualization) return {};
  const { gid } = await stat(device);
  return {
    Devices: [{ PathOnHost: device, PathInContainer: device, CgroupPermissions: 'rw' }],
    // The group of root may do more than this.
    ...(gid !== 0 && { GroupAdd: [String(gid)] }),
  };
}
