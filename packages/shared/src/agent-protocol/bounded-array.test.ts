import { expect, it } from 'vitest';
import { ChangeSetReceiptSchema } from './change-set.ts';
import { AgentEventSchema } from './events.ts';
import { FileListSchema } from './requests.ts';

/** As many as an agent can send in one document. */
const zeros = Array.from({ length: 2_000_000 }, () => 0);

it.each([
  ['files', () => FileListSchema.safeParse({ entries: zeros, truncated: false })],
  ['changed files', () => ChangeSetReceiptSchema.safeParse({ files: zeros })],
  ['checks', () => ChangeSetReceiptSchema.safeParse({ checks: zeros })],
  ['ports', () => AgentEventSchema.safeParse({ type: 'ports', isSupported: true, ports: zeros })],
])('%s of an agent are refused without a fault for each of millions', (_what, parse) => {
  expect(parse().error?.issues.length).toBeLessThan(20);
});
