import { vi } from 'vitest';

const PATIENT_MS = 20_000;

// A second, as it is by default, is a measurement where a machine is loaded.
const { waitFor } = vi;
vi.waitFor = (callback, options = PATIENT_MS) => waitFor(callback, options);
