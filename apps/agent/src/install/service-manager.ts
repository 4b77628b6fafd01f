import { platform } from '../system/platform/platform.ts';
import { launchd } from './launchd.ts';
import type { ServiceManager } from './service-parts.ts';
import { systemd } from './systemd.ts';

export const serviceManager: ServiceManager = platform.name === 'darwin' ? launchd : systemd;
