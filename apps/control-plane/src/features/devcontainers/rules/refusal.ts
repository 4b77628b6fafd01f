import { AppError } from '@spt-flow/shared/domain/errors';
import { placeText, type ConfigDocument } from '../reading/index.ts';
import type { Place } from '../../../lib/located-yaml.ts';

/** What a devcontainer may not ask for, and what to do instead. */
const REMEDIES = {
  'initialize-command':
    'it would run on the host of all workspaces; move it to onCreateCommand, which runs in the workspace',
  'host-mount': 'mount a volume (type=volume) or a tmpfs instead of a path of the host',
  'docker-socket': 'whoever reaches the engine owns its host; there is no replacement',
  'mount-option': 'use only type, source, target and tmpfs-size',
  'mount-target': 'mount below a directory of your own, e.g. /cache',
  'workspace-mount': 'leave workspaceMount out: the project is always a volume at workspaceFolder',
  privileged:
    'leave it out, or ask an admin to permit it in workspaces with the isolation "relaxed"',
  'host-namespace': 'leave it out: a workspace has its own network, processes and memory',
  device: 'leave it out: devices of the host are not shared',
  capability: 'leave it out, or ask for a workspace with a more permissive isolation',
  'security-option': 'leave it out, or ask for a workspace with a more permissive isolation',
  'run-argument': 'leave it out; see the guide for what is understood',
  'build-option': 'use build.args and build.target; other options of the build are not passed on',
  'build-context': 'use a path inside the repository',
  'image-identity':
    'the engine has images of others, and takes the beginning of an identity for a name: write the whole name of the image, e.g. docker.io/library/node:24, or call the stage by a word with a letter that no hexadecimal number has',
  'published-port':
    'leave it out: what listens in the workspace gets an address by itself; use forwardPorts',
  symlink: 'replace the link by the file, or use a narrower build context',
  feature: 'copy the feature into .devcontainer, or ask an admin for a mirror of the registry',
  'compose-file': 'use files of the repository',
  'compose-option': 'leave it out; see the guide for what is understood',
  'compose-mount': 'mount the project as a whole, or a file or folder of it into another service',
} as const;
/** A repository may break rules as often as it has room. */
const MAX_TOLD = 19;

export type Rule = keyof typeof REMEDIES;

export interface Refusal {
  readonly rule: Rule;
  /** Null: an image said it, not the repository. */
  readonly place: Place | null;
  readonly problem: string;
  readonly remedy: string;
}

/** Refuse takes down that a rule forbids what stands at a path. */
export type Refuse = (rule: Rule, path: (string | number)[], problem: string) => void;

/** RefuseAt is the same for a place that is known. */
export type RefuseAt = (rule: Rule, place: Place, problem: string) => void;

/** RefusalList collects everything that is not permitted, so that one look shows it, a line each. */
export class RefusalList {
  readonly #refusals: Refusal[] = [];

  /** For what the repository wrote. */
  in(document: ConfigDocument): Refuse {
    return (rule, path, problem) => this.#add(rule, document.place(path), problem);
  }

  /** For what stands in other files. */
  readonly at: RefuseAt = (rule, place, problem) => this.#add(rule, place, problem);

  /** For what an image, or one of the features in it, brought along. */
  inImage(name: string): Refuse {
    return (rule, _path, problem) => this.#add(rule, null, `${problem} (asked for by ${name})`);
  }

  throwIfAny(): void {
    const [first, ...others] = this.#refusals;
    if (!first) return;
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    const lines = [`${refusalText(first)}${more}`, ...others.slice(0, MAX_TOLD).map(refusalText)];
    throw new AppError('devcontainer_refused', lines.join('\n'), {
      details: { refusals: this.#refusals },
    });
  }

  /** For who can't go on after a refusal. */
  fail(): never {
    this.throwIfAny();
    throw new Error('nothing was refused');
  }

  #add(rule: Rule, place: Place | null, problem: string): void {
    this.#refusals.push({ rule, place, problem, remedy: REMEDIES[rule] });
  }
}

function refusalText({ rule, place, problem, remedy }: Refusal): string {
  const where = place ? `${placeText(place)}: ` : '';
  return `${where}${problem} is not permitted by the rule "${rule}": ${remedy}`;
}
