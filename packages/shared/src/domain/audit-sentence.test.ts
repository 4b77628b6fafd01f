import { expect, it } from 'vitest';
import { auditSentence } from './audit-sentence.ts';

const ID = '3f2a91c0-1111-4222-8333-444455556666';
const BY_ADA = { principal: `user:${ID}`, principalName: 'Ada', result: 'done', detail: {} };

it.each([
  [{ action: 'member.remove', subjectName: 'Grace' }, 'Ada removed Grace from the organization'],
  [
    { action: 'member.role', subjectName: 'Grace', detail: { role: 'admin' } },
    'Ada made Grace admin',
  ],
  [{ action: 'workspace.stop', subjectName: 'demo' }, 'Ada stopped workspace demo'],
  [{ action: 'workspace.create', target: ID }, 'Ada created workspace 3f2a91c0'],
  [{ action: 'git_login.remove', target: ID }, 'Ada removed git login 3f2a91c0'],
  [{ action: 'secret.set', detail: { name: 'API_KEY' } }, 'Ada set secret API_KEY'],
  [{ action: 'token.revoke', principal: `token:${ID}` }, 'Ada (token) revoked token x'],
  [{ action: 'agent.deny', principal: `agent:${ID}` }, 'Agent 3f2a91c0 denied agent x'],
  [
    { action: 'api.call', result: 'refused', detail: { summary: 'Invite somebody' } },
    'Ada asked: Invite somebody, and was refused',
  ],
  [
    { action: 'api.call', detail: { summary: 'Say something in the chat; it is answered live' } },
    'Ada asked: Say something in the chat',
  ],
  [
    { action: 'agent.enrol', principal: `agent:${ID}`, subjectName: 'demo' },
    'Agent 3f2a91c0 joined as the agent of workspace demo',
  ],
  [{ action: 'toString.constructor', principal: 'system' }, 'spt-flow constructored toString x'],
])('the sentence of %o', (fact, sentence) => {
  expect(auditSentence({ ...BY_ADA, target: 'x', subjectName: null, ...fact })).toBe(sentence);
});
