import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { createAdmin } from './harness/admin.ts';
import { createCli } from './harness/cli.ts';
import { startFresh, type Product } from './harness/product.ts';
import { serveRepository } from './harness/repository-server.ts';

let product: Product;
let cli: Awaited<ReturnType<typeof createCli>>;
let repository: Awaited<ReturnType<typeof serveRepository>>;

beforeAll(async () => {
  repository = await serveRepository('orchard', { 'apples.txt': 'seven\n' });
  product = await startFresh();
  const admin = await createAdmin(product);
  cli = await createCli(product.origin);
  await cli.run(['login', '--with-token'], `${admin.token}\n`);
});

afterAll(async () => {
  await cli.remove();
  await product.stop();
  await repository.close();
});

/** The person's own ssh, with what config-ssh has written: it looks for that in the home of the account. */
function ssh(...args: string[]) {
  return run('ssh', '-F', configFile(), ...args);
}

/** As a person types it: with a terminal, also for what ssh starts. */
async function fromTerminal(host: string, command: string): Promise<string> {
  const typed = `ssh -F '${configFile()}' ${host} '${command}'`;
  return (await run('script', '-qec', typed, '/dev/null')).out;
}

/** A port of this machine that leads there, for as long as the command runs. */
async function connect() {
  const { line, end } = await cli.start(['connect', 'orchard', '--output', 'json']);
  const { port, sshConfig } = z
    .object({ port: z.number(), sshConfig: z.string() })
    .parse(JSON.parse(line));
  return { port, sshConfig, end };
}

function configFile(): string {
  return path.join(cli.home, '.ssh/spt-flow/config');
}

async function run(program: string, ...args: string[]) {
  const child = spawn(program, args, { env: { PATH: process.env['PATH'], HOME: cli.home } });
  child.stdin.end();
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode: exitCode as number | null, out, err };
}

it('a developer logs in to a workspace by SSH, by name, and with an editor', async () => {
  expect(await cli.run(['up', '--repo-url', repository.url])).toMatchObject({ exitCode: 0 });

  const command = await cli.run(['ssh', 'orchard', '--', 'cat apples.txt; id -un; exit 7']);
  expect(command, command.stderr).toMatchObject({ exitCode: 7, stdout: 'seven\ndev\n' });
  const piped = await cli.run(['ssh', 'orchard'], 'echo "$SPT_FLOW_WORKSPACE_ID"\n');
  expect(piped.stdout).toMatch(/^[0-9a-f-]{36}\n$/);

  expect(await cli.run(['config-ssh'])).toMatchObject({
    exitCode: 0,
    stdout: 'orchard.spt-flow\n',
  });
  expect(await ssh('orchard.spt-flow', 'pwd; echo $HOME')).toMatchObject({
    exitCode: 0,
    out: '/home/dev\n/home/dev\n',
  });
  expect(await ssh('-tt', 'orchard.spt-flow', 'tty')).toMatchObject({ exitCode: 0 });

  const code = await cli.run(['code', 'orchard']);
  expect(code.stdout).toBe('vscode-remote://ssh-remote+orchard.spt-flow/workspace\n');

  const lifecycle = await cli.run(['schedule', 'orchard']);
  expect(lifecycle.stdout).toContain('SSH');

  const first = await connect();
  const second = await connect();
  expect(second.port).toBeGreaterThan(first.port);
  const taken = await cli.run(['connect', 'orchard', '--listen-port', String(first.port)]);
  expect(taken).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/another program has it[\s\S]*--listen-port <another port>/),
  });
  for (const { sshConfig } of [first, second])
    expect(await run('ssh', '-F', sshConfig, 'orchard.spt-flow', 'id -un')).toMatchObject({
      exitCode: 0,
      out: 'dev\n',
    });
  await first.end();
  expect(await run('ssh', '-F', first.sshConfig, 'orchard.spt-flow', 'true')).toMatchObject({
    exitCode: 255,
  });
  await second.end();

  expect(await cli.run(['stop', 'orchard'])).toMatchObject({ exitCode: 0 });
  const stopped = await ssh('orchard.spt-flow', 'true');
  expect(stopped).toMatchObject({
    exitCode: 255,
    err: expect.stringContaining('spt-flow start orchard'),
  });
  expect(await fromTerminal('orchard.spt-flow', 'echo $((6 * 7))')).toContain('42');

  const terminal = await cli.run(['terminal', 'orchard', '--', 'cat apples.txt']);
  expect(terminal).toMatchObject({ exitCode: 0, stdout: 'seven\n' });
});
