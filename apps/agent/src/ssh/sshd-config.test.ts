import { describe, expect, it } from 'vitest';
import { sshdConfig } from './sshd-config.ts';

const CONFIG = {
  user: 'dev',
  hostKey: '/state/my "key"',
  hostCertificate: '/state/cert',
  userAuthorities: '/state/ca',
  principals: '/state/100%/principals',
  environment: {},
};

function linesOf(environment: Record<string, string>): string[] {
  return sshdConfig({ ...CONFIG, environment }).split('\n');
}

describe('sshdConfig', () => {
  it('writes paths so that sshd reads the same ones', () => {
    expect(linesOf({})).toEqual(
      expect.arrayContaining([
        'HostKey "/state/my \\"key\\""',
        'AuthorizedPrincipalsFile "/state/100%%/principals"',
      ]),
    );
  });

  it('gives sessions the environment of the workspace in one line', () => {
    expect(linesOf({ PATH: '/a:/b', GREETING: 'a "b" \\ # c' })).toContain(
      'SetEnv "PATH=/a:/b" "GREETING=a \\"b\\" \\\\ # c"',
    );
  });

  it('leaves out what belongs to the session, and what could become a line of its own', () => {
    const lines = linesOf({ TERM: 'x', SSH_AUTH_SOCK: '/s', 'A B': 'x', EVIL: 'x\nUsePAM yes' });

    expect(lines.join('\n')).not.toMatch(/SetEnv|UsePAM yes/);
  });
});
