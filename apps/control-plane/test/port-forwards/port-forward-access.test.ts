import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { eq } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { auditLog } from '@spt-flow/db/schema';
import { PORT_FORWARD_SUBPROTOCOL } from '@spt-flow/shared/api/port-forward';
import type { Principal } from '../../src/lib/principal.ts';
import { usePortForwards } from './port-forward-stage.ts';

const stage = usePortForwards();

describe('who may forward ports', () => {
  async function refusal(
    handle = stage.live.workspace.name,
  ): Promise<{ status: number; code: string }> {
    const refused = new WebSocket(stage.urlOf(handle), PORT_FORWARD_SUBPROTOCOL);
    refused.on('error', () => undefined);
    const [, answer] = await once(refused, 'unexpected-response');
    let body = '';
    for await (const chunk of answer) body += String(chunk);
    return { status: answer.statusCode, code: JSON.parse(body).error.code };
  }

  it.each<[string, () => Principal | undefined, number, string]>([
    ['nobody', () => undefined, 401, 'not_authenticated'],
    [
      'a token that may only read',
      () => ({ ...stage.live.tenant.principal, scope: 'read', via: { kind: 'token', id: 't' } }),
      403,
      'scope_missing',
    ],
    ['a reader', () => ({ ...stage.live.tenant.principal, scope: 'read' }), 403, 'not_permitted'],
    [
      'another organization',
      () => ({ ...stage.live.tenant.principal, organizationId: randomUUID() }),
      404,
      'not_found',
    ],
  ])('is not %s', async (_name, who, status, code) => {
    stage.principal = who();

    expect(await refusal()).toEqual({ status, code });
  });

  it('is asked for every connection', async () => {
    expect(await stage.echo('before')).toBe('before');

    stage.principal = undefined;

    expect(await stage.connectTo(stage.appPort).response).toMatchObject({
      ok: false,
      code: 'not_authenticated',
    });
  });

  it('ends what is open when it is taken away', async () => {
    const stream = stage.connectTo(stage.appPort);
    stream.write('eopen');
    await once(stream, 'data');
    stream.on('error', () => undefined);
    stage.access.changed(stage.live.workspace.organizationId);
    expect(await stage.echo('still')).toBe('still');

    stage.principal = undefined;
    stage.access.changed(stage.live.workspace.organizationId);

    expect(await stage.tunnel.closed).toBe('You may no longer use this workspace');
    expect(stream.destroyed).toBe(true);
  });

  it('is told when the workspace does not exist', async () => {
    expect(await refusal('%E0%A4%A')).toEqual({ status: 404, code: 'not_found' });
    expect(await refusal('other')).toEqual({ status: 404, code: 'not_found' });
  });

  it('is written to the audit log, with ports that lead to a client', async () => {
    await stage.echo('once');
    await stage.tunnel.open({ type: 'listen', port: 0 }).response;
    stage.tunnel.close('left');

    const entries = async () =>
      stage.db
        .select({ action: auditLog.action, detail: auditLog.detail })
        .from(auditLog)
        .where(eq(auditLog.target, `workspace:${stage.live.workspace.id}`));
    await expect.poll(entries).toEqual(
      expect.arrayContaining([
        { action: 'port-forward.open', detail: {} },
        { action: 'port-forward.listen', detail: { port: expect.any(Number) } },
        { action: 'port-forward.close', detail: { connections: 1 } },
      ]),
    );
  });
});
