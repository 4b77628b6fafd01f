import type { TerminalView } from '@spt-flow/shared/api/terminals';
import { afterEach, describe, expect, it, vi } from 'vitest';
import WebSocketClient from 'ws';
import { idOf } from '../../../test/fixtures.ts';
import { startLiveServer, type LiveServer } from '../../../test/live-server.ts';
import { createWorld } from '../../../test/mount.ts';
import { problemOfCode } from '../../lib/problem.ts';
import { connectTerminal, type TerminalConnection } from './terminal-connection.ts';
import { useTerminalTabs } from './terminal-tabs.ts';
import TerminalBar from './TerminalBar.vue';

const servers: LiveServer[] = [];
const connections: TerminalConnection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function attach(knownId?: string, follow?: string) {
  const server = await startLiveServer();
  servers.push(server);
  const seen = {
    states: [] as string[],
    output: '',
    ready: [] as string[],
    exits: [] as number[],
    errors: [] as string[],
    views: [] as TerminalView[],
    recording: [] as boolean[],
  };
  const connection = connectTerminal(
    {
      workspaceId: idOf(20),
      follow,
      openSocket: (path) => {
        const socket = new WebSocketClient(server.url + path);
        socket.on('error', () => undefined);
        return socket as unknown as WebSocket;
      },
      size: () => ({ cols: 100, rows: 30 }),
      random: () => 0,
      onState: (state) => seen.states.push(state),
      onBytes: (bytes) => (seen.output += new TextDecoder().decode(bytes)),
      onReady: (terminalId) => seen.ready.push(terminalId),
      onView: (view) => seen.views.push(view),
      onRecording: (isRecorded) => seen.recording.push(isRecorded),
      onExit: (code) => seen.exits.push(code),
      onError: (code) => seen.errors.push(code),
    },
    knownId,
  );
  connections.push(connection);
  await vi.waitFor(() => expect(server.sockets).toHaveLength(1));
  return { server, connection, seen };
}

describe('terminal connection', () => {
  it('asks for a terminal of its size and shows what it prints', async () => {
    const { server, seen } = await attach();

    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    server.sendBytes(new TextEncoder().encode('$ ls\r\n'));

    await vi.waitFor(() => expect(seen.output).toBe('$ ls\r\n'));
    expect(server.paths[0]).toBe(
      `/api/v1/workspaces/${idOf(20)}/terminal?cols=100&rows=30&acks=true`,
    );
    expect(seen.ready).toEqual([idOf(50)]);
    expect(seen.states).toEqual(['connecting', 'open']);
  });

  it('attaches to the same terminal again after the connection was lost', async () => {
    const { server, seen } = await attach();
    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    await vi.waitFor(() => expect(seen.ready).toHaveLength(1));

    server.dropAll();
    await vi.waitFor(() => expect(server.paths).toHaveLength(2), 5000);

    expect(server.paths[1]).toContain(`terminalId=${idOf(50)}`);
    expect(seen.states).toEqual(['connecting', 'open', 'lost', 'connecting']);
  });

  it('attaches to a terminal that an earlier page left running', async () => {
    const { server } = await attach(idOf(51));

    expect(server.paths[0]).toContain(`terminalId=${idOf(51)}`);
  });

  it('asks for a fresh terminal when the known one is gone', async () => {
    const { server, seen } = await attach(idOf(51));

    server.send({ type: 'error', code: 'not_found', message: 'gone' });
    await vi.waitFor(() => expect(seen.errors).toEqual(['not_found']));
    server.dropAll();
    await vi.waitFor(() => expect(server.paths).toHaveLength(2), 5000);

    expect(server.paths[1]).not.toContain('terminalId');
  });

  it('sends what is typed as bytes and a new size as a message', async () => {
    const { server, connection, seen } = await attach();
    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    await vi.waitFor(() => expect(seen.ready).toHaveLength(1));

    connection.write(new TextEncoder().encode('echo ä\r'));
    connection.resize({ cols: 80, rows: 24 });

    await vi.waitFor(() =>
      expect(server.received).toEqual(['echo ä\r', { type: 'resize', cols: 80, rows: 24 }]),
    );
  });

  it('acknowledges what was shown, not every piece of it', async () => {
    const { server, connection, seen } = await attach();
    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    await vi.waitFor(() => expect(seen.ready).toHaveLength(1));

    for (let piece = 0; piece < 5; piece += 1) connection.shown(50_000);

    await vi.waitFor(() => expect(server.received).toEqual([{ type: 'ack', bytes: 150_000 }]));
  });

  it('rests without trying again, until it is wanted', async () => {
    const { server, connection, seen } = await attach();
    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    await vi.waitFor(() => expect(seen.ready).toHaveLength(1));

    connection.rest();
    await vi.waitFor(() => expect(seen.states.at(-1)).toBe('lost'));
    expect(server.paths).toHaveLength(1);
    connection.retryNow();

    await vi.waitFor(() => expect(server.paths[1]).toContain(`terminalId=${idOf(50)}`));
  });

  it('learns who else looks, and shares', async () => {
    const { server, connection, seen } = await attach();
    const view = { cols: 80, rows: 24, isShared: true, viewers: [{ name: 'Ada', canWrite: true }] };
    server.send({ type: 'ready', terminalId: idOf(50), reattached: false });
    server.send({ type: 'view', view });
    await vi.waitFor(() => expect(seen.views).toEqual([view]));

    connection.share(false);

    await vi.waitFor(() => expect(server.received).toEqual([{ type: 'share', isShared: false }]));
  });

  it('follows the terminal of somebody else until that is not shared any more', async () => {
    const { server, seen } = await attach(idOf(50), idOf(7));
    expect(server.paths[0]).toContain(`terminalId=${idOf(50)}&follow=${idOf(7)}`);

    server.send({ type: 'error', code: 'terminal_not_shared', message: 'Not shared' });

    await vi.waitFor(() => expect(seen.states.at(-1)).toBe('ended'));
    expect(server.paths).toHaveLength(1);
  });

  it('does not come back after the program has ended', async () => {
    const { server, seen } = await attach();

    server.send({ type: 'exit', exitCode: 3 });
    await vi.waitFor(() => expect(seen.exits).toEqual([3]));
    await vi.waitFor(() => expect(server.sockets[0]?.readyState).toBe(3));

    expect(seen.states.at(-1)).toBe('ended');
    expect(server.paths).toHaveLength(1);
  });

  it('leaves out control messages that it does not understand', async () => {
    const { server, seen } = await attach();

    server.sockets[0]?.send('{broken');
    server.send({ type: 'tomorrow' });
    server.send({ type: 'ready', terminalId: idOf(50), reattached: true });

    await vi.waitFor(() => expect(seen.ready).toEqual([idOf(50)]));
  });

  it('tells whether it is recorded, and stays away after an end by somebody else', async () => {
    const { server, seen } = await attach();

    server.send({ type: 'recording', isRecorded: true });
    await vi.waitFor(() => expect(seen.recording.at(-1)).toBe(true));
    server.send({
      type: 'error',
      code: 'session_ended',
      message: 'You or an admin ended this session',
    });

    await vi.waitFor(() => expect(seen.states.at(-1)).toBe('ended'));
    expect(server.paths).toHaveLength(1);
  });
});

describe('terminal tabs', () => {
  function tabsOf() {
    let number = 0;
    return useTerminalTabs({
      workspaceId: idOf(20),
      storage: sessionStorage,
      newKey: () => `key-${++number}-${Math.random()}`,
    });
  }

  it('finds its terminals again after a reload', () => {
    const before = tabsOf();
    before.add();
    const second = before.tabs.value[1]?.key ?? '';
    before.remember(second, idOf(50));

    expect(tabsOf().tabs.value).toEqual([
      { key: before.tabs.value[0]?.key, title: 'Terminal 1' },
      { key: second, title: 'Terminal 2', terminalId: idOf(50) },
    ]);
  });

  it('shows the neighbour of a closed tab, and a fresh one after the last', () => {
    const { tabs, activeKey, add, close } = tabsOf();
    const first = tabs.value[0]?.key ?? '';
    add();
    const second = activeKey.value ?? '';

    close(second);
    expect(activeKey.value).toBe(first);
    close(first);

    expect(tabs.value).toHaveLength(1);
    expect(activeKey.value).toBe(tabs.value[0]?.key);
    expect(activeKey.value).not.toBe(first);
  });

  it.each(['{broken', '[]', '[{"key":1}]'])(
    'starts with one terminal when the storage holds %s',
    (text) => {
      sessionStorage.setItem(`spt-flow.terminals.${idOf(20)}`, text);

      expect(tabsOf().tabs.value.map((tab) => tab.title)).toEqual(['Terminal 1']);
    },
  );
});

describe('TerminalBar', () => {
  it.each([
    [{ state: 'open' }, ''],
    [{ state: 'lost' }, 'Connection lost, trying again. Your programs go on running.'],
    [{ state: 'ended', exitCode: 2 }, 'The terminal ended with code 2'],
    [
      { state: 'ended', problem: problemOfCode('terminal_not_shared') },
      'There is no shared terminal here. Ask who opened it to share it.',
    ],
    [
      { state: 'lost', problem: problemOfCode('workspace_stopped') },
      'The workspace is stopped. Start it.',
    ],
  ])('says what is the matter (%o)', async (props, text) => {
    const wrapper = (await createWorld({})).mount(TerminalBar, {
      props: { exitCode: undefined, problem: undefined, ...props },
    });

    expect(wrapper.find('span').exists() ? wrapper.get('span').text() : '').toBe(text);
  });
});
