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

export const PLACE_NAMES: Readonly<Record<ChoosablePlace, string>> = {
  local: 'Beside spt-flow, on its machine',
  docker: 'In a container',
  kubernetes: 'In the Kubernetes cluster',
};

const LACK_WORDS: Readonly<Record<PlaceLack, string>> = {
  images: 'images',
  devcontainers: 'devcontainers',
  snapshots: 'snapshots',
  isolation: 'another isolation than its own',
  egress: 'limits of what it reaches',
  'egress-hosts': 'lists of hosts that it may reach',
};

/** lackWords is a sentence for people; empty: nothing is missing. */
export function lackWords(lacks: readonly PlaceLack[]): string {
  if (lacks.length === 0) return '';
  return `No ${lacks.map((lack) => LACK_WORDS[lack]).join(', ')} there.`;
}
