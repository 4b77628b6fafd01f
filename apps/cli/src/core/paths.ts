import path from 'node:path';
import type { CliIo } from './io.ts';

/** preferencesPath is the one file that people write by hand. */
export function preferencesPath(io: Pick<CliIo, 'home'>): string {
  return path.join(io.home, '.spt-flow.yaml');
}

/** credentialsPath holds the login tokens by server. */
export function credentialsPath(io: Pick<CliIo, 'home' | 'env'>): string {
  const xdg = io.env['XDG_CONFIG_HOME'] ?? '';
  const configHome = path.isAbsolute(xdg) ? xdg : path.join(io.home, '.config');
  return path.join(configHome, 'spt-flow', 'credentials.json');
}
