import { describe, expect, it } from 'vitest';
import { parseRecord } from './darwin-account.ts';
import { agentPlist, uninstallPlist } from './plist-files.ts';

const RECORD = `NFSHomeDirectory: /Users/ada
PrimaryGroupID: 20
UniqueID: 501
UserShell: /bin/zsh
`;

describe('what launchd reads', () => {
  it('runs the agent as the account that Directory Services knows', () => {
    const account = parseRecord('ada', RECORD);
    if (account === undefined) throw new Error('The record was not read');
    const program = ['/opt/spt-flow-agent/bin/spt-flow-agent'];

    const text = agentPlist({ program, account, projectDirectory: '/Users/ada/R&D <1>' });

    expect(account).toMatchObject({ uid: 501, gid: 20, home: '/Users/ada', shell: '/bin/zsh' });
    expect(text).toContain('<key>UserName</key>\n<string>ada</string>');
    expect(text).toContain('<string>/Users/ada/R&amp;D &lt;1&gt;</string>');
    expect(text).toContain('<key>KeepAlive</key>\n<true/>');
  });

  it('removes it once its control plane has asked for that', () => {
    expect(uninstallPlist(['/a'])).toMatch(
      /<key>PathState<\/key>\n<dict>\n<key>\S+uninstall-requested<\/key>\n<true\/>/,
    );
  });
});
