import { vi } from 'vitest';
import { PATIENCE_MS } from './patient-tests.mjs';

const { waitFor } = vi;
vi.waitFor = (callback, options = PATIENCE_MS) => waitFor(callback, options);
