/** What a sentence is made of. */
export interface AuditFact {
  readonly principal: string;
  readonly principalName: string | null;
  readonly action: string;
  readonly target: string;
  readonly subjectName: string | null;
  readonly result: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** auditSentence says what happened as one would tell it: `Ada removed Grace from the organization`. */
export function auditSentence(fact: AuditFact): string {
  const sentence = `${auditActor(fact)} ${deedOf(fact)}`;
  if (fact.result === 'refused') return `${sentence}, and was refused`;
  return fact.result === 'failed' ? `${sentence}, and it failed` : sentence;
}

/** auditActor names who did it, as they were called then. */
export function auditActor({
  principal,
  principalName,
}: Pick<AuditFact, 'principal' | 'principalName'>): string {
  const [kind = '', id = ''] = principal.split(':');
  const short = id.slice(0, SHORT_ID);
  if (kind === 'token') return principalName ? `${principalName} (token)` : `Token ${short}`;
  if (kind === 'agent') return `Agent ${short}`;
  if (kind === 'system') return 'spt-flow';
  return principalName ?? `Somebody (${short})`;
}

const SHORT_ID = 8;

type Deed = (subject: string, detail: AuditFact['detail']) => string;

/** Those that the words of their action do not tell well. */
const DEEDS: Readonly<Record<string, Deed>> = {
  'agent.connect': (name) => `connected from workspace ${name}`,
  'agent.enrol': (name) => `joined as the agent of workspace ${name}`,
  'agent.disconnect': (name) => `was disconnected from workspace ${name}`,
  // What stands after a semicolon explains the call to programs.
  'api.call': (_, { summary }) => `asked: ${text(summary, 'a change').split(';')[0] ?? ''}`,
  'audit.export': () => 'exported the audit log',
  'audit.trim': (_, { through, days }) =>
    `removed the audit log up to entry ${text(through, '?')}, which is older than ${text(days, 'the')} days`,
  'budget.set': (_, { amount }) => `set the monthly budget to ${text(amount, 'none')}`,
  'change-set.apply': () => 'applied a change to the code',
  'change-set.revert': () => 'took back a change to the code',
  'command.open': (name) => `began a command in workspace ${name}`,
  'command.close': (name) => `ended a command in workspace ${name}`,
  'identity.link': (who) => `linked another way to sign in to ${who}`,
  'installation.raise_epoch': () => 'was told that its database comes from a backup',
  'lifecycle.policy': () => 'changed how long workspaces live without use',
  'login.refuse': (who) => `refused the sign-in of ${who}`,
  'login.start': () => 'signed in',
  'login.end': () => 'signed out',
  'member.invite': () => 'invited somebody to the organization',
  'member.join': () => 'joined the organization',
  'member.remove': (who) => `removed ${who} from the organization`,
  'member.role': (who, { role }) => `made ${who} ${text(role, 'something else')}`,
  'member.role-kept': (who) => `left ${who} admin, who is the last one`,
  'member.uninvite': () => 'took back an invitation',
  'organization.setup': (name) => `set up the organization ${name}`,
  'password.change': (who) => `changed the password of ${who}`,
  'password.link': (who) => `made a link for a new password of ${who}`,
  'port-forward.open': (name) => `began to forward ports of workspace ${name}`,
  'port-forward.close': (name) => `ended forwarding ports of workspace ${name}`,
  'project.chat-budget': (name) => `changed the chat's budget of project ${name}`,
  'recording.policy': (_, { mode }) => `set recordings of terminals to ${text(mode, 'default')}`,
  'recording.read': (name) => `looked at the recording of ${name}`,
  'session.end': (name) => `ended the session of ${name}`,
  'session.lose': (name) => `lost the session of ${name}`,
  'ssh.open': (name) => `opened SSH to workspace ${name}`,
  'ssh.close': (name) => `closed SSH to workspace ${name}`,
  'terminal.open': (name) => `opened a terminal in workspace ${name}`,
  'terminal.close': (name) => `closed a terminal in workspace ${name}`,
  'terminal.follow': (name) => `looked on at a terminal in workspace ${name}`,
  'terminal.unfollow': (name) => `looked away from a terminal in workspace ${name}`,
  'workspace.exec': (name) => `ran a command in workspace ${name}`,
  'workspace.force-delete': (name) => `deleted workspace ${name} by force`,
  'workspace.keep-alive': (name) => `kept workspace ${name} awake`,
  'workspace.refuse': (name) => `was refused a change of workspace ${name} by policy`,
};

function deedOf(fact: AuditFact): string {
  const { action, detail } = fact;
  const [noun = '', verb = ''] = action.split('.');
  const subject = subjectOf(fact);
  const deed = Object.hasOwn(DEEDS, action) ? DEEDS[action] : undefined;
  if (deed) return deed(subject, detail);
  if (noun === 'mcp') return `called the tool ${verb} for ${fact.target.replace(':', ' ')}`;
  const [first = '', ...rest] = words(verb).split(' ');
  return [pastOf(first), ...rest, words(noun), subject].join(' ');
}

function subjectOf({ subjectName, target, detail }: AuditFact): string {
  if (subjectName !== null) return subjectName;
  const id = target.slice(target.indexOf(':') + 1);
  const named = text(detail['name'], id);
  return UUID.test(named) ? named.slice(0, SHORT_ID) : named;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-/;
const IRREGULAR: Readonly<Record<string, string>> = {
  ...{ set: 'set', read: 'read', begin: 'began', rebuild: 'rebuilt', send: 'sent', leave: 'left' },
  ...{ lose: 'lost', stop: 'stopped', drop: 'dropped', submit: 'submitted', undo: 'undid' },
  ...{ finish: 'finished', roll: 'rolled', sign: 'signed', take: 'took', put: 'put' },
};

function pastOf(verb: string): string {
  if (Object.hasOwn(IRREGULAR, verb)) return IRREGULAR[verb] ?? verb;
  // `rolled-back` and `agent.failed` say it already.
  if (verb.endsWith('ed')) return verb;
  if (verb.endsWith('e')) return `${verb}d`;
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ied` : `${verb}ed`;
}

function words(name: string): string {
  return name.replace(/[-_]/g, ' ');
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}
