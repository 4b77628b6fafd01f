/** Where people may want a workspace whose template does not say it. */
export const CHOOSABLE_PLACES = ['local', 'docker', 'kubernetes'] as const;
export type ChoosablePlace = (typeof CHOOSABLE_PLACES)[number];

/** What workspaces of some place can't have. `egress`: no limit at all; `egress-hosts`: none by the names of hosts. */
export const PLACE_LACKS = [
  'images',
  'devcontainers',
  'snapshots',
  'isolation',
  'egress',
  'egress-hosts',
] as const;
export type PlaceLack = (typeof PLACE_LACKS)[number];

/** Also where only a template or a server itself leads to. */
export const PLACE_NAMES: Readonly<Record<ChoosablePlace | 'coder' | 'server', string>> = {
  local: 'Beside spt-flow, on its machine',
  docker: 'In a container',
  kubernetes: 'In the Kubernetes cluster',
  coder: 'On the Coder server',
  server: 'On a server of your own',
};

const LACK_WORDS: Readonly<Record<PlaceLack, string>> = {
  images: 'images',
  devcontainers: 'devcontainers',
  snapshots: 'snapshots',
  isolation: 'a choice of isolation',
  egress: 'network limits',
  'egress-hosts': 'network limits by names of hosts',
};

/** lackWords is a sentence for people; empty: nothing is missing. */
export function lackWords(lacks: readonly PlaceLack[]): string {
  if (lacks.length === 0) return '';
  return `Not there: ${lacks.map((lack) => LACK_WORDS[lack]).join(', ')}.`;
}
