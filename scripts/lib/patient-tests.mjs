import { inRoot } from './root.mjs';

export const PATIENCE_MS = 20_000;

/** PATIENT are options of Vitest: a second, as waiting ends by default, is a measurement where a machine is loaded. */
export const PATIENT = {
  setupFiles: [inRoot('scripts/lib/patient-waits.mjs')],
  expect: { poll: { timeout: PATIENCE_MS } },
};
