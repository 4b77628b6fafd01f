import { expect, it } from 'vitest';
import { readableTrace } from './readable-trace.ts';

it('leaves out what GitLab puts around lines', () => {
  const trace =
    'section_start:1560896352:build[collapsed=true]\r\x1b[0KBuild\r\n\x1b[32mok\x1b[0m\nsection_end:1560896353:build\r\x1b[0K';

  expect(readableTrace(trace)).toBe('Build\nok\n');
});

it('looks once at a job that prints the beginning of marks without end', () => {
  const trace = 'section_start:1:'.repeat(30_000);

  expect(readableTrace(trace)).toBe(trace);
});
