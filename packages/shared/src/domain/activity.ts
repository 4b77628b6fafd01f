/** What counts as use of a workspace: only what people and AI agents do, never what spt-flow asks for itself. */
export const ACTIVITY_SOURCES = [
  'terminal',
  'ssh',
  'command',
  'ports',
  'chat',
  'ai',
  'cpu',
] as const;
export type ActivitySource = (typeof ACTIVITY_SOURCES)[number];

/** ACTIVITY_NAMES are for the middle of a sentence. */
export const ACTIVITY_NAMES: Readonly<Record<ActivitySource, string>> = {
  terminal: 'terminal',
  ssh: 'SSH',
  command: 'commands and changes',
  ports: 'port traffic',
  chat: 'chat',
  ai: 'AI agent',
  cpu: 'processor',
};
