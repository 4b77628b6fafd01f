import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeSetRoutes } from '@spt-flow/shared/api/change-sets';
import { checkpointRoutes } from '@spt-flow/shared/api/checkpoints';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { RECORDING_PATH, sessionRoutes } from '@spt-flow/shared/api/sessions';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { appEdits, apply, changeSetsOf, startApp, untilAnswers, write } from './support/apps.ts';
import { findProcesses, untilGone } from './support/processes.ts';
import { bareRepository } from './support/repository.ts';
import {
  createProject,
  messagesOf,
  replyTo,
  runInWorkspace,
  say,
  startRunning,
  untilAnswered,
  untilRunning,
  type Running,
  type RunningProject,
} from './support/running-product.ts';
import { openSocket } from './support/sockets.ts';
import { until } from './support/until.ts';

/** More than the beginning of a recording. */
const HEAD_BYTES = 60;

let running: Running;
let shop: RunningProject;
const workspaceIds: string[] = [];

beforeAll(async () => {
  running = await startRunning();
  shop = await createProject(running, { name: 'Shop' });
  workspaceIds.push(shop.workspaceId);
  await startApp(running, shop.workspaceId);
});

afterAll(async () => {
  await running.close();
  await untilGone([running.data, ...workspaceIds]);
});

/** The killed product leaves nothing behind, and the next one runs on its data. */
async function killAndRestart(): Promise<void> {
  const marks = [running.data, ...workspaceIds];
  await running.product.kill();
  await untilGone(marks);
  await running.restart();
}

async function assertConsistent({ project, workspaceId }: RunningProject): Promise<void> {
  const repository = bareRepository(running.data, project.id);
  await repository.check();
  const last = (await changeSetsOf(running, workspaceId)).find(
    ({ outcome }) => outcome === 'committed',
  );
  expect(await repository.head()).toBe(last?.commit);
}

describe('the control plane is killed', () => {
  it('while an app runs: the app, its history and its data are there again', async () => {
    await runInWorkspace(running, shop.workspaceId, 'echo kept > data.txt');

    await killAndRestart();

    await untilAnswers(running, shop.project.previewUrl, 'hello');
    await untilRunning(running, shop.workspaceId);
    const { stdout } = await runInWorkspace(running, shop.workspaceId, 'cat data.txt');
    expect(stdout).toBe('kept\n');
    await assertConsistent(shop);
    const { items } = await running.api.call(workspaceRoutes.timeline, {
      params: { handle: shop.workspaceId },
      query: {},
    });
    expect(items.filter(({ state }) => state === 'running')).toEqual([]);
  });

  it('while somebody is in a terminal: the session is lost, and what was recorded is there', async () => {
    await running.api.call(sessionRoutes.setPolicy, { body: { mode: 'on' } });
    const command = encodeURIComponent('echo before-the-end; exec sleep 1000');
    const socket = await openSocket(
      `${running.product.origin}/api/v1/workspaces/${shop.workspaceId}/terminal?command=${command}`,
      { headers: { authorization: `Bearer ${running.token}` } },
    );
    if (typeof socket === 'number') throw new Error(`Refused with ${socket}`);
    socket.on('error', () => undefined);
    const query = { recorded: 'true' };
    const session = await until('what was shown is stored', async () => {
      const { items } = await running.api.call(sessionRoutes.list, { query });
      return items.find(({ recording }) => recording.bytes > HEAD_BYTES);
    });

    await killAndRestart();
    await running.api.call(sessionRoutes.setPolicy, { body: { mode: 'off' } });

    const params = { id: session.id };
    expect(await running.api.call(sessionRoutes.get, { params })).toMatchObject({
      ...{ endReason: 'lost', recording: { state: 'partial' } },
    });
    const recording = await fetch(
      running.product.origin + RECORDING_PATH.replace(':id', session.id),
      { headers: { authorization: `Bearer ${running.token}` } },
    );
    const text = await recording.text();
    expect(text).toContain('before-the-end');
    expect(text).toContain('the end is missing');
  });

  it.each(['before its machine is asked', 'while its change is applied'])(
    'in the middle of a turn, %s: the turn is finished afterwards, and only once',
    async (moment) => {
      const chat = await createProject(running, { name: `Chat ${moment.slice(0, 6)}` });
      workspaceIds.push(chat.workspaceId);
      const sent = await say(running, chat.project.id, 'a guestbook for my café');
      if (moment.startsWith('while')) {
        await until('a change is being applied', async () => {
          const { status } = await running.api.call(projectRoutes.get, {
            params: { handle: chat.project.id },
          });
          return status === 'building';
        });
      } else {
        await until('the turn runs', async () => {
          const reply = await replyTo(running, chat.project.id, sent);
          return reply?.state === 'running';
        });
      }

      await killAndRestart();

      const reply = await untilAnswered(running, chat.project.id, sent);
      expect(reply, reply.content).toMatchObject({ state: 'done' });
      await untilAnswers(running, chat.project.previewUrl, 'Café');
      const messages = await messagesOf(running, chat.project.id);
      expect(messages.filter(({ turnId }) => turnId === sent.turnId)).toHaveLength(2);
      await assertConsistent(chat);
    },
  );

  it('while another version of a message is gone to: app and conversation are at the same one', async () => {
    const chat = await createProject(running, { name: 'Versions' });
    workspaceIds.push(chat.workspaceId);
    const { project } = chat;
    await untilAnswered(running, project.id, await say(running, project.id, 'a guestbook'));
    const blue = await say(running, project.id, 'Make it blue');
    await untilAnswered(running, project.id, blue);
    const params = { handle: project.id, id: blue.id };
    const pink = await running.api.call(checkpointRoutes.editMessage, {
      params,
      body: { clientMessageId: crypto.randomUUID(), content: 'Make it pink' },
    });
    await untilAnswered(running, project.id, pink);

    const going = running.api
      .call(checkpointRoutes.showVersion, { params, body: {} })
      .catch(() => undefined);
    await until('the app is being put back', async () => {
      const handle = project.id;
      return (
        (await running.api.call(projectRoutes.get, { params: { handle } })).status === 'building'
      );
    });
    await killAndRestart();
    await going;

    const next = await until('messages are taken again', () =>
      say(running, project.id, 'Change the title to "After"').catch(() => undefined),
    );
    const reply = await untilAnswered(running, project.id, next);
    expect(reply, reply.content).toMatchObject({ state: 'done' });
    const ids = (await messagesOf(running, project.id)).map(({ id }) => id);
    const accent = ids.includes(blue.id) ? 'ocean' : 'rose';
    expect(ids.includes(pink.id)).toBe(accent === 'rose');
    await untilAnswers(running, project.previewUrl, `data-accent="${accent}"`);
    await assertConsistent(chat);
  });

  it('in the middle of a change set: it is there whole or not at all', async () => {
    const change = apply(running, shop.workspaceId, {
      summary: 'Slow change',
      edits: [
        ...appEdits('changed', { build: 'touch building && sleep 5' }),
        write('extra.txt', 'extra'),
      ],
    }).catch(() => undefined);
    await until('the build runs', async () => {
      const { exitCode } = await runInWorkspace(running, shop.workspaceId, 'test -e building');
      return exitCode === 0;
    });

    await killAndRestart();
    await change;

    await untilRunning(running, shop.workspaceId);
    const settled = await until('the change set is settled', async () => {
      const items = await changeSetsOf(running, shop.workspaceId);
      return items.find(({ summary }) => summary === 'Slow change');
    });
    const isIn = settled.outcome === 'committed';
    if (!isIn) expect(settled.reason).toBeTruthy();
    await untilAnswers(running, shop.project.previewUrl, isIn ? 'changed' : 'hello');
    const { stdout } = await runInWorkspace(
      running,
      shop.workspaceId,
      'grep -c changed server.js; test -e extra.txt && echo extra',
    );
    expect(stdout).toBe(isIn ? '1\nextra\n' : '0\n');
    await assertConsistent(shop);
    const next = await apply(running, shop.workspaceId, {
      summary: 'Next',
      edits: appEdits('next'),
    });
    expect(next.outcome).toBe('committed');
    await assertConsistent(shop);
    const diff = await running.api.call(changeSetRoutes.diff, { params: { id: next.id } });
    expect(diff.files.map(({ path }) => path).sort()).toEqual(['server.js', 'spt-flow.json']);
  });

  it('while a workspace starts: the start is done again', async () => {
    const { project } = await running.api.call(projectRoutes.create, { body: { name: 'Late' } });
    const workspaceId = project?.workspace?.id ?? '';
    workspaceIds.push(workspaceId);
    await until('its agent is being started', async () => {
      return (await findProcesses([workspaceId])).length > 0;
    });

    await killAndRestart();

    await untilRunning(running, workspaceId);
    const { stdout } = await runInWorkspace(running, workspaceId, 'git rev-parse --git-dir');
    expect(stdout).toBe('.git\n');
  });
});
