import { beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { projectRoutes } from '@spt-flow/shared/api/projects';
import { templateRoutes } from '@spt-flow/shared/api/templates';
import { workspaceRoutes } from '@spt-flow/shared/api/workspaces';
import { useCliStage } from './support/cli-stage.ts';
import { ME, workspace } from './support/fixtures.ts';
import { run } from './support/run.ts';
import { Failure, startTestServer } from './support/test-server.ts';

const cli = useCliStage();

beforeEach(() => {
  cli.server.on(authRoutes.me, () => ME);
  cli.server.on(workspaceRoutes.get, () => workspace());
  cli.server.on(workspaceRoutes.list, () => ({ items: [workspace()], nextCursor: null }));
});

describe('errors', () => {
  it.each([
    ['not_authenticated', 3, 'Try: spt-flow login'],
    ['not_found', 4, 'Try: spt-flow list'],
    ['not_permitted', 1, 'Try: spt-flow whoami'],
    ['workspace_stopped', 1, 'Try: spt-flow start demo'],
    ['internal', 1, 'Try: spt-flow open --help'],
    ['a_code_of_the_future', 1, 'Try: spt-flow open --help'],
  ])('%s ends with code %i and "%s"', async (code, exitCode, next) => {
    cli.server.on(workspaceRoutes.get, () => {
      throw new Failure(code, 'What happened');
    });

    const result = await cli.run(['open', 'demo']);

    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^Error: What happened\n/);
    expect(result.stderr).toContain(next);
  });

  it('carry the correlation id that every request of the command had', async () => {
    cli.server.on(projectRoutes.get, () => {
      throw new Failure('not_found');
    });

    const { stderr } = await cli.run(['open', 'demo']);

    expect(new Set(cli.server.correlationIds).size).toBe(1);
    expect(cli.server.correlationIds).toHaveLength(3);
    expect(stderr).toContain(`Correlation id: ${cli.server.correlationIds[0]}`);
  });

  it('of something that is missing point to the list of it', async () => {
    cli.server.on(workspaceRoutes.get, () => {
      throw new Failure('not_found', 'There is no template "x"');
    });

    expect((await cli.run(['open', 'demo'])).stderr).toContain('Try: spt-flow template list');
  });

  it('point to the template that was named, and say once what is all there is to say', async () => {
    cli.server.on(templateRoutes.get, () => {
      throw new Failure('template_values_invalid', '"size" has to be given', {
        issues: [{ path: ['size'], message: '"size" has to be given' }],
      });
    });

    const { stderr } = await cli.run(['template', 'show', 'team']);

    expect(stderr).toContain('Try: spt-flow template show team\n');
    expect(stderr.match(/has to be given/g)).toHaveLength(1);
  });

  it('name the fields that the server found invalid', async () => {
    cli.server.on(workspaceRoutes.get, () => {
      throw new Failure('validation_failed', undefined, {
        issues: [{ path: ['params', 'handle'], message: 'is odd' }],
      });
    });

    expect((await cli.run(['open', 'demo'])).stderr).toContain('params.handle: is odd');
  });

  it.each([
    { tty: true, env: {}, red: true },
    { tty: true, env: { NO_COLOR: '1' }, red: false },
    { tty: true, env: { NO_COLOR: '' }, red: true },
    { tty: true, env: { TERM: 'dumb' }, red: false },
    { tty: false, env: {}, red: false },
  ])('are red: $red with tty $tty and $env', async ({ tty, env, red }) => {
    const { stderr } = await run(['open'], { home: cli.home, tty, env });

    expect(stderr.includes('\x1b[31mError: ')).toBe(red);
    expect(stderr.includes('\x1b')).toBe(red);
  });

  it('name the workspace that is not there', async () => {
    cli.server.on(workspaceRoutes.get, () => {
      throw new Failure('not_found');
    });

    const { exitCode, stderr } = await cli.run(['open', 'nowhere']);

    expect(exitCode).toBe(4);
    expect(stderr).toContain("Error: There is no workspace 'nowhere'\n");
  });

  it.each([
    [['lisst'], 'spt-flow --help'],
    [['list', '--outptu', 'json'], 'spt-flow list --help'],
    [['token', 'create', '--scop', 'read'], 'spt-flow token create --help'],
  ])('of usage point to the help of what was meant: %j', async (args, help) => {
    expect((await cli.run(args)).stderr).toContain(`  Try: ${help}\n`);
  });

  it.each([
    [['no\x1b]0;owned\x07\x1b[31m'], "Unknown command 'no'"],
    [['lisst'], "Unknown command 'lisst'"],
    [['list', '--outptu', 'json'], "Unknown option '--outptu'"],
    [['list', '--json'], '--output json makes it JSON'],
    [['backup'], 'npm run backup'],
    [['list', '--output', 'xml'], 'Allowed choices are text, json'],
    [['open'], "Missing required argument 'workspace'"],
    [['up'], 'its URL is missing'],
    [['up', 'demo'], 'spt-flow start demo'],
    [['up', 'github.com/me/app'], 'spt-flow up https://github.com/me/app'],
    [['up', 'https://a.example/b', '--repo-url', 'https://a.example/c'], 'Name one repository'],
    [['up', '--repo-url', '--upload-pack=touch /tmp/x'], 'not permitted'],
    [['up', '/etc'], 'not permitted'],
    [['up', '--repo-url', 'ext::sh -c id'], 'not permitted'],
    [['logs', 'demo', '--lines', '0'], 'from 1 to 1000'],
    [['token', 'revoke', 'x'], 'not the id of a token'],
    [['completion', 'tcsh'], 'Allowed choices are bash, zsh, fish'],
  ])('of usage: %j', async (args, message) => {
    const { exitCode, stdout, stderr } = await cli.run(args);

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/Try: spt-flow .*\n/);
    expect(cli.server.requests).toEqual([]);
  });

  it('of a server that is not there say so', async () => {
    const gone = await startTestServer();
    await gone.close();
    const { url } = gone;

    const { exitCode, stderr } = await run(['list', '--server', url], { home: cli.home });

    expect(exitCode).toBe(5);
    expect(stderr).toContain(`spt-flow does not answer at ${url}`);
  });

  it('of who never said where spt-flow is ask where it is', async () => {
    const { exitCode, stderr } = await run(['list'], {
      home: cli.home,
      fetch: () => Promise.reject(new TypeError('fetch failed')),
    });

    expect(exitCode).toBe(5);
    expect(stderr).toContain('Try: spt-flow login --server <url of your spt-flow>');
  });
});

describe('a hostile server', () => {
  const JSON_TYPE = { 'content-type': 'application/json' };
  const envelope = (data: unknown) => JSON.stringify({ success: true, data, error: null });

  it.each([
    ['an HTML page', 200, { 'content-type': 'text/html' }, '<html>Welcome</html>'],
    ['nothing', 200, {}, ''],
    ['JSON of another kind', 200, JSON_TYPE, '{"hello":1}'],
    ['wrong types', 200, JSON_TYPE, envelope({ items: 'many', nextCursor: 7 })],
    ['a deep nest', 200, JSON_TYPE, '['.repeat(100_000)],
    ['a gateway page', 502, {}, 'Bad Gateway'],
    ['a redirect', 302, { location: 'https://elsewhere.invalid/' }, ''],
    ['no content', 204, {}, ''],
  ])('that answers %s is called by name, with code 5', async (_, status, headers, body) => {
    cli.server.answerRaw((response) => void response.writeHead(status, headers).end(body));

    const { exitCode, stdout, stderr } = await cli.run(['list']);

    expect(exitCode).toBe(5);
    expect(stdout).toBe('');
    expect(stderr).toContain(`What answers at ${cli.server.url} is not spt-flow`);
    expect(stderr).not.toContain('    at ');
  });

  it('that never stops sending is cut off', async () => {
    cli.server.answerRaw((response) => {
      const block = Buffer.alloc(1024 * 1024, 0x20);
      const more = () => {
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', more).on('error', () => undefined);
      more();
    });

    const { exitCode } = await cli.run(['list']);

    expect(exitCode).toBe(5);
  });

  it('that breaks off in the middle is no spt-flow that answers', async () => {
    cli.server.answerRaw((response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"succ');
      setImmediate(() => response.destroy());
    });

    expect((await cli.run(['list'])).exitCode).toBe(5);
  });

  it('that refuses a WebSocket with a web page is called by name', async () => {
    cli.server.on(workspaceRoutes.stop, () => workspace());
    cli.server.refuseSockets(
      'HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nno',
    );

    const { exitCode, stderr } = await cli.run(['stop', 'demo']);

    expect(exitCode).toBe(5);
    expect(stderr).toContain('is not spt-flow');
  });

  it('that answers with an error in the WebSocket handshake is quoted', async () => {
    const body = JSON.stringify({
      success: false,
      data: null,
      error: { code: 'not_authenticated', message: 'Token has expired', correlationId: 'x' },
    });
    cli.server.refuseSockets(
      `HTTP/1.1 401 Unauthorized\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

    const { exitCode, stderr } = await cli.run(['stop', 'demo']);

    expect(exitCode).toBe(3);
    expect(stderr).toContain('Error: Token has expired');
  });
});
