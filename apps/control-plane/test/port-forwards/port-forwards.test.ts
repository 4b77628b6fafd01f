import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { TunnelStream } from '@spt-flow/tunnel/types';
import { ECHO_APP, untilEnd, usePortForwards } from './port-forward-stage.ts';
import { portOf } from '../support/ports.ts';

const stage = usePortForwards();

describe('a forwarded port', () => {
  it('carries bytes both ways, and each half ends by itself', async () => {
    const text = 'x'.repeat(3_000_000);

    expect(await stage.echo(text)).toBe(text);
  });

  it('is used by bytes, not by being open', async () => {
    expect(await stage.connectTo(1).response).toMatchObject({ ok: false });
    const stream = stage.connectTo(stage.appPort);
    await stream.response;
    expect(stage.uses).toEqual([]);

    const answer = untilEnd(stream);
    stream.end('ehello');
    await answer;

    expect(new Set(stage.uses.map(String))).toEqual(new Set([`${stage.live.workspace.id},ports`]));
  });

  it('carries many connections at once', async () => {
    const texts = Array.from({ length: 50 }, (_, index) => `connection ${index}`);

    expect(await Promise.all(texts.map(stage.echo))).toEqual(texts);
  });

  it('tells when nothing listens', async () => {
    expect(await stage.connectTo(1).response).toMatchObject({ ok: false, code: 'port_not_open' });
  });

  it('never reaches what listens on the same machine outside of the workspace', async () => {
    let connections = 0;
    const foreign = createServer(() => (connections += 1)).listen(0, '127.0.0.1');

    const answer = await stage.connectTo(await portOf(foreign)).response;

    expect(answer).toMatchObject({ ok: false, code: 'port_not_open' });
    expect(connections).toBe(0);
    foreign.close();
  });

  it('passes a reset on', async () => {
    const stream = stage.connectTo(stage.appPort);
    await stream.response;
    const failed = once(stream, 'error');

    stream.write('r');

    expect(await failed).toMatchObject([{ name: 'TunnelError' }]);
  });

  it('serves others while a connection is not read, and 64 are broken off at once', async () => {
    const unread = stage.connectTo(stage.appPort);
    await unread.response;
    unread.write('f');
    const broken = await Promise.all(
      Array.from({ length: 64 }, async () => {
        const stream = stage.connectTo(stage.appPort);
        await stream.response;
        stream.write('f');
        return stream;
      }),
    );

    for (const stream of broken) stream.reset('cancelled');

    expect(await stage.echo('still here')).toBe('still here');
  });

  it('refuses what is more than 512 connections at a time, and takes new ones afterwards', async () => {
    const streams = Array.from({ length: 530 }, () => stage.connectTo(stage.appPort));
    const answers = await Promise.allSettled(streams.map(({ response }) => response));

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(512);
    expect(answers.at(-1)).toMatchObject({ reason: { code: 'too_many_streams' } });

    for (const stream of streams) stream.reset('cancelled');
    expect(await stage.echo('still here')).toBe('still here');
  });

  it.each([
    { type: 'connect', port: 0 },
    { type: 'connect', port: 70_000 },
    { type: 'connect' },
    { type: 'dance', port: 1 },
    'text',
    null,
  ])('refuses %j', async (head) => {
    expect(await stage.tunnel.open(head).response).toMatchObject({
      ok: false,
      code: 'validation_failed',
    });
  });
});

describe('a port of the workspace that leads to the client', () => {
  async function listen(port = 0): Promise<{ stream: TunnelStream; port: number }> {
    const stream = stage.tunnel.open({ type: 'listen', port });
    stream.resume();
    const answer = (await stream.response) as { ok: boolean; port: number };
    expect(answer.ok).toBe(true);
    return { stream, port: answer.port };
  }

  /** What a program of the workspace gets from a port when it says hello. */
  function askInWorkspace(port: number): Promise<string> {
    return stage.firstLine(`
      const socket = require('net').connect(${port}, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => (text += chunk)).on('end', () => console.log('got ' + text));
      socket.on('error', (error) => console.log(error.code));
      socket.write('hello');`);
  }

  it('brings connections home', async () => {
    const { stream, port } = await listen();
    const heads: unknown[] = [];
    stage.tunnel.onStream((home) => {
      heads.push(home.head);
      home.respond({ ok: true });
      home.once('data', (chunk: Buffer) => home.end(`${chunk.toString()} from home`));
    });

    expect(await askInWorkspace(port)).toBe('got hello from home');
    expect(heads).toEqual([{ type: 'connection', listener: stream.streamId }]);
  });

  it('resets connections that nobody takes at home', async () => {
    const { port } = await listen();
    stage.tunnel.onStream((home) => {
      home.respond({ ok: false, code: 'refused', message: 'nobody' });
      home.end();
    });

    expect(await askInWorkspace(port)).toBe('ECONNRESET');
  });

  it.each(['the stream that asked', 'the client'])('ends with %s', async (what) => {
    const { stream, port } = await listen();

    if (what === 'the client') stage.tunnel.close('left');
    else stream.end();

    await expect.poll(() => askInWorkspace(port)).toBe('ECONNREFUSED');
  });

  it('is refused when the port is taken', async () => {
    expect(await stage.tunnel.open({ type: 'listen', port: stage.appPort }).response).toMatchObject(
      {
        ok: false,
        code: 'port_unavailable',
      },
    );
  });
});

describe('when the workspace goes away', () => {
  afterEach(restartAgent);

  async function killAgent(): Promise<void> {
    const { hub } = stage.controlPlane.agents;
    await stage.live.endAgent('SIGKILL');
    await expect.poll(() => hub.isOnline(stage.live.workspace.id)).toBe(false);
  }

  async function restartAgent(): Promise<void> {
    await killAgent();
    await stage.live.startAgent();
  }

  it('connections are reset, listeners end, and new ones are told why', async () => {
    const stream = stage.connectTo(stage.appPort);
    await stream.response;
    const listener = stage.tunnel.open({ type: 'listen', port: 0 });
    listener.resume();
    await listener.response;
    const failures = Promise.all([once(stream, 'error'), once(listener, 'error')]);

    await killAgent();

    expect(await failures).toMatchObject([[{ code: 'tunnel_closed' }], [{}]]);
    await expect
      .poll(() => stage.connectTo(stage.appPort).response)
      .toMatchObject({ ok: false, code: 'agent_offline' });
    stage.desiredState = 'stopped';
    expect(await stage.connectTo(stage.appPort).response).toMatchObject({
      ok: false,
      code: 'workspace_stopped',
    });
  });

  it('the same client goes on once it is back', async () => {
    await restartAgent();
    stage.appPort = Number(await stage.firstLine(ECHO_APP));

    expect(await stage.echo('again')).toBe('again');
  });
});
