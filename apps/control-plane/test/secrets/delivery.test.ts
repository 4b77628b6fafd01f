import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SecretScopeKind } from '@spt-flow/shared/api/secrets';
import { useLifecycle } from '../workspaces/lifecycle.ts';
import { auditOfSecrets, CORRELATION, openSecrets } from './secrets-stage.ts';

const run = promisify(execFile);
const VALUE = 'sk-very-secret-value';

describe('secrets of a workspace', () => {
  const context = useLifecycle();
  let secrets: ReturnType<typeof openSecrets>;
  beforeEach(() => {
    secrets = openSecrets(context.database.db, context.server);
    return () => secrets.close();
  });

  const admin = () => ({ ...context.tenant.principal, scope: 'admin' as const });
  async function set(scope: SecretScopeKind, of: string | undefined, value: string): Promise<void> {
    const asked = { scope, of, name: 'API_KEY', ...CORRELATION };
    await secrets.service.put(admin(), asked, { value, restartApps: false });
    // As the database's notice has it done.
    secrets.checkAll();
  }
  const environmentOf = async (id: string) =>
    (await context.exec(id, 'printf %s "${API_KEY-none}"')).stdout;
  const untilIs = (id: string, value: string) =>
    vi.waitFor(async () => expect(await environmentOf(id)).toBe(value), { timeout: 10_000 });

  it('come from the narrowest scope that has them, and change while it runs', async () => {
    const id = await context.running();
    const { projectId } = await context.server.row(id);

    await set('organization', undefined, 'of everybody');
    await untilIs(id, 'of everybody');
    await set('project', projectId, 'of the project');
    await untilIs(id, 'of the project');
    await set('person', undefined, 'of the owner');
    await untilIs(id, 'of the owner');
    await set('workspace', id, VALUE);
    await untilIs(id, VALUE);

    expect(await secrets.ofWorkspace(admin(), id)).toMatchObject({
      items: [{ name: 'API_KEY', scope: 'workspace' }],
      delivered: { names: ['API_KEY'], outdated: [] },
    });
    const asked = { scope: 'workspace' as const, of: id, name: 'API_KEY', ...CORRELATION };
    await secrets.service.remove(admin(), asked, { forever: false });
    secrets.checkAll();
    await untilIs(id, 'of the owner');
    expect(await secrets.knownValues(id)).toEqual([{ name: 'API_KEY', value: 'of the owner' }]);
    expect(secrets.errors).toEqual([]);
  });

  it('are there again after it was stopped, and on no disk, in no log and in no event', async () => {
    const id = await context.running();
    await set('workspace', id, VALUE);
    await untilIs(id, VALUE);
    const { service } = context.server.workspaces;
    await service.stop(context.tenant.principal, id, 'stop-1');
    await context.server.untilState(id, 'stopped');
    await service.start(context.tenant.principal, id, 'start-1');
    await context.server.untilState(id, 'running');
    await untilIs(id, VALUE);

    const { stdout } = await run('/bin/sh', [
      ...['-c', 'grep -rlF "$1" "$0" || true', context.server.dataDirectory, VALUE],
    ]);
    expect(stdout).toBe('');
    const told = [
      ...[context.server.events, await context.server.logTexts(id)],
      ...[await auditOfSecrets(context.database.db), await context.server.row(id)],
    ];
    expect(JSON.stringify(told)).not.toContain(VALUE);
    const delivered = (await auditOfSecrets(context.database.db)).filter(
      ({ action }) => action === 'secret.deliver',
    );
    // Once for the change and once for the new connection, however often it was looked for.
    expect(delivered).toMatchObject([
      { principal: expect.stringMatching(/^agent:/), target: id, detail: { names: ['API_KEY'] } },
      { target: id },
    ]);
  });
});
