import type Docker from 'dockerode';
import type { WorkspaceSettings } from '@spt-flow/shared/domain/workspace-settings';

/** gpuOptions asks the engine for graphics processors, whichever of the machine's it takes. */
export function gpuOptions({
  gpus,
}: Pick<WorkspaceSettings, 'gpus'>): Pick<Docker.HostConfig, 'DeviceRequests'> {
  if (gpus === 0) return {};
  return { DeviceRequests: [{ Driver: '', Count: gpus, Capabilities: [['gpu']] }] };
}
