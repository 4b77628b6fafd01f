import { describe, expect, it } from 'vitest';
import { domainRoutes, type CustomDomain } from '@spt-flow/shared/api/domains';
import { useCliStage } from './support/cli-stage.ts';

const NAME = 'shop.example.org';
const DOMAIN: CustomDomain = {
  ...{ name: NAME, state: 'pending', url: `https://${NAME}`, isAppPublic: true },
  ...{ found: 'The DNS does not have it yet', next: 'Enter the TXT record' },
  proof: { type: 'TXT', name: `_spt-flow.${NAME}`, value: 'spt-flow-verification=0123' },
  targets: [{ type: 'CNAME', name: NAME, value: 'flow.example.net' }],
  ...{ checkedAt: '2026-01-02T03:04:05.000Z', expiresAt: null },
};

describe('domain', () => {
  const stage = useCliStage();
  const signedIn = (...args: string[]) => stage.run(['domain', ...args]);

  it('add prints the records to copy, check what became of them', async () => {
    const sent: unknown[] = [];
    stage.server.on(domainRoutes.add, ({ params, body }) => {
      sent.push({ params, body });
      return DOMAIN;
    });
    stage.server.on(domainRoutes.check, ({ params }) => {
      sent.push(params);
      return { ...DOMAIN, state: 'active', found: 'It leads here', next: null };
    });

    const added = await signedIn('add', 'demo', NAME);
    const checked = await signedIn('check', 'demo', NAME);

    expect(added.stdout).toContain(`TXT  _spt-flow.${NAME}  spt-flow-verification=0123`);
    expect(added.stdout).toContain(`CNAME  ${NAME}  flow.example.net`);
    expect(checked.stdout).toBe(`https://${NAME} is active: It leads here.\n`);
    expect(sent).toEqual([
      { params: { handle: 'demo' }, body: { name: NAME } },
      { handle: 'demo', name: NAME },
    ]);
  });

  it('list shows the state of each, and what to type where there is none', async () => {
    let items = [DOMAIN];
    stage.server.on(domainRoutes.list, () => ({ items }));

    expect((await signedIn('list', 'demo')).stdout).toContain(`${NAME}  pending`);
    items = [];
    expect((await signedIn('list', 'demo')).stderr).toContain('spt-flow domain add demo');
  });

  it('remove asks, or is told not to', async () => {
    const removed: unknown[] = [];
    stage.server.on(domainRoutes.remove, ({ params }) => {
      removed.push(params);
      return {};
    });

    expect((await signedIn('remove', 'demo', NAME)).stderr).toContain('--yes');
    expect(removed).toEqual([]);
    expect((await signedIn('remove', 'demo', NAME, '--yes')).exitCode).toBe(0);
    expect(removed).toEqual([{ handle: 'demo', name: NAME }]);
  });
});
