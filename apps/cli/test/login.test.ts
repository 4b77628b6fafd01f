import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '@spt-flow/shared/api/auth';
import { tokenRoutes } from '@spt-flow/shared/api/tokens';
import { signInRoutes } from '@spt-flow/shared/api/sign-in';
import { ME } from './support/fixtures.ts';
import { makeHome, run } from './support/run.ts';
import { Failure, startTestServer, TOKEN, type TestServer } from './support/test-server.ts';

let server: TestServer;
let home: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  server = await startTestServer();
  server.on(authRoutes.me, () => ME);
  server.on(authRoutes.logout, () => ({}));
  ({ home, remove } = await makeHome());
});
afterEach(async () => {
  await server.close();
  await remove();
});

function credentialsFile(): string {
  return path.join(home, '.config/spt-flow/credentials.json');
}

async function storedTokens(): Promise<unknown> {
  return JSON.parse(await readFile(credentialsFile(), 'utf8')).tokens;
}

function offerDeviceLogin(answers: (string | undefined)[]): void {
  server.on(tokenRoutes.startDeviceLogin, ({ body }) => {
    expect(body['clientName']).toMatch(/^spt-flow on /);
    return {
      deviceCode: 'device-code-0123456789abcdef',
      userCode: 'BDWP-HQPK',
      verificationUrl: `${server.url}/device?code=BDWP-HQPK`,
      expiresInSeconds: 600,
      intervalSeconds: 0,
    };
  });
  server.on(tokenRoutes.finishDeviceLogin, ({ body }) => {
    expect(body['deviceCode']).toBe('device-code-0123456789abcdef');
    const code = answers.shift();
    if (code !== undefined) throw new Failure(code);
    return { token: TOKEN, me: ME };
  });
}

function offerMethods(): void {
  const method = { id: 'oidc', name: 'Keycloak', isAnswering: true, signOutUrl: null };
  server.on(signInRoutes.methods, () => ({ passwords: true, signUp: false, methods: [method] }));
}

describe('login with the browser', () => {
  it('shows link and code, waits for the confirmation and keeps the token', async () => {
    offerDeviceLogin(['login_pending', undefined]);

    const { exitCode, stdout, stderr, opened } = await run(['login', '--server', server.url], {
      home,
      tty: true,
    });

    expect(exitCode).toBe(0);
    expect(opened).toEqual([`${server.url}/device?code=BDWP-HQPK`]);
    expect(stdout).toBe('');
    expect(stderr).toContain('BDWP-HQPK');
    expect(stderr).toContain('Signed in to');
    expect(stderr).not.toContain(TOKEN);
    expect(await storedTokens()).toEqual({ [server.url]: TOKEN });
  });

  it.each([
    { args: ['--no-browser'], tty: true, env: {} },
    { args: [], tty: true, env: { SPT_FLOW_NO_BROWSER: '1' } },
    { args: [], tty: false, env: {} },
  ])('opens no browser with $args, tty $tty, $env', async ({ args, tty, env }) => {
    offerDeviceLogin([undefined]);

    const { exitCode, opened } = await run(['login', '--server', server.url, ...args], {
      home,
      tty,
      env,
    });

    expect(exitCode).toBe(0);
    expect(opened).toEqual([]);
  });

  it('ends with the next command when the request expired', async () => {
    offerDeviceLogin(['login_expired']);

    const { exitCode, stderr } = await run(['login', '--server', server.url], { home });

    expect(exitCode).toBe(3);
    expect(stderr).toContain('Try: spt-flow login');
  });

  it.each([['--auth-method', 'Keycloak'], ['--auth-method', 'oidc'], ['--oidc']])(
    'goes straight to the way that is named (%s %s)',
    async (...args) => {
      offerDeviceLogin([undefined]);
      offerMethods();

      const { opened } = await run(['login', '--server', server.url, ...args], { home, tty: true });

      expect(opened).toEqual([`${server.url}/device?code=BDWP-HQPK&method=oidc`]);
    },
  );

  it('says which ways there are when it does not know the one that is named', async () => {
    offerMethods();

    const { exitCode, stderr } = await run(
      ['login', '--server', server.url, '--auth-method', 'ldap'],
      { home },
    );

    expect(exitCode).toBe(2);
    expect(stderr).toContain('It knows oidc (Keycloak)');
  });

  it('stops at Ctrl-C', async () => {
    offerDeviceLogin(Array.from({ length: 100 }, () => 'login_pending'));
    const interruption = new AbortController();

    const { exitCode } = await run(['login', '--server', server.url], {
      home,
      signal: interruption.signal,
      onStderr: (text) => text.includes('Waiting') && interruption.abort(),
    });

    expect(exitCode).toBe(130);
  });

  it('opens nothing but web pages', async () => {
    offerDeviceLogin([undefined]);
    server.on(tokenRoutes.startDeviceLogin, () => ({
      deviceCode: 'device-code-0123456789abcdef',
      userCode: 'BDWP-HQPK',
      verificationUrl: 'file:///etc/passwd',
      expiresInSeconds: 600,
      intervalSeconds: 0,
    }));

    const { exitCode, opened } = await run(['login', '--server', server.url], { home, tty: true });

    expect(exitCode).toBe(5);
    expect(opened).toEqual([]);
  });
});

describe('login with a token', () => {
  it('reads it from standard input', async () => {
    const { exitCode } = await run(['login', '--server', server.url, '--with-token'], {
      home,
      stdin: `${TOKEN}\n`,
    });

    expect(exitCode).toBe(0);
    expect(await storedTokens()).toEqual({ [server.url]: TOKEN });
  });

  it('reads it from the environment', async () => {
    const { exitCode } = await run(['login', '--server', server.url], {
      home,
      env: { SPT_FLOW_TOKEN: TOKEN },
    });

    expect(exitCode).toBe(0);
    expect(await storedTokens()).toEqual({ [server.url]: TOKEN });
  });

  it('keeps nothing when the server refuses it', async () => {
    const { exitCode, stderr } = await run(['login', '--server', server.url, '--with-token'], {
      home,
      stdin: 'wrong-token-wrong-token',
    });

    expect(exitCode).toBe(3);
    expect(stderr).not.toContain('wrong-token');
    await expect(stat(credentialsFile())).rejects.toThrow('ENOENT');
  });

  it.each(['', 'two\nlines', 'ümlaut-token-0123456789', 'x'.repeat(5000)])(
    'refuses what is no token (%#)',
    async (stdin) => {
      const { exitCode } = await run(['login', '--server', server.url, '--with-token'], {
        home,
        stdin,
      });

      expect(exitCode).toBe(2);
    },
  );
});

describe('credentials', () => {
  async function signIn(): Promise<void> {
    await run(['login', '--server', server.url, '--with-token'], { home, stdin: TOKEN });
  }

  it('are readable by their owner only, in a folder of the owner only', async () => {
    await signIn();

    expect((await stat(credentialsFile())).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(credentialsFile()))).mode & 0o777).toBe(0o700);
  });

  it('are made private again, with a warning, when others could read them', async () => {
    await signIn();
    await chmod(credentialsFile(), 0o644);

    const { exitCode, stdout, stderr } = await run(['whoami', '--output', 'json'], { home });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('was readable by others');
    expect(JSON.parse(stdout)).toMatchObject({ email: ME.email });
    expect((await stat(credentialsFile())).mode & 0o777).toBe(0o600);
  });

  it('name the server of the last login, which later commands use', async () => {
    await signIn();

    const { stdout } = await run(['whoami'], { home });

    expect(stdout).toContain(server.url);
    expect(stdout).toContain('ada@example.com');
  });

  it('follow XDG_CONFIG_HOME', async () => {
    const config = path.join(home, 'elsewhere');
    await run(['login', '--server', server.url], {
      home,
      env: { SPT_FLOW_TOKEN: TOKEN, XDG_CONFIG_HOME: config },
    });

    expect((await stat(path.join(config, 'spt-flow/credentials.json'))).mode & 0o777).toBe(0o600);
  });

  it.each(['{', '[]', '{"tokens":{"a":1}}', '{"tokens":{"a":"line\\nbreak"}}'])(
    'that are damaged (%s) are ignored with a warning',
    async (text) => {
      await mkdir(path.dirname(credentialsFile()), { recursive: true });
      await writeFile(credentialsFile(), text, { mode: 0o600 });

      const { exitCode, stderr } = await run(['whoami', '--server', server.url], { home });

      expect(exitCode).toBe(3);
      expect(stderr).toContain('is damaged and ignored');
    },
  );

  it('of one server are never sent to another', async () => {
    await signIn();
    const other = await startTestServer();
    other.on(authRoutes.me, () => ME);

    const { exitCode } = await run(['whoami', '--server', other.url], { home });
    await other.close();

    expect(exitCode).toBe(3);
  });

  it('are forgotten by logout, which ends the session on the server', async () => {
    await signIn();

    const { exitCode, stderr } = await run(['logout'], { home });

    expect(exitCode).toBe(0);
    expect(stderr).toBe(`Signed out of ${server.url}\n`);
    expect(server.requests).toContain('POST /api/v1/auth/logout');
    expect(await storedTokens()).toEqual({});
  });

  it('are forgotten by logout even when the server does not answer, and that is said', async () => {
    await signIn();
    await server.close();

    const { exitCode, stderr } = await run(['logout'], { home });

    expect(exitCode).toBe(0);
    expect(stderr).toContain('did not confirm');
    expect(await storedTokens()).toEqual({});
    server = await startTestServer();
  });
});
