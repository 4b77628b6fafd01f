import { hash, randomBytes } from 'node:crypto';
import { type MethodId } from '@spt-flow/shared/api/sign-in';
import * as z from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { createSealedBox } from '../../lib/sealed-box.ts';
import type { Challenge } from './methods/sign-in-method.ts';

/** People look for their second factor meanwhile. */
export const ATTEMPT_SECONDS = 15 * 60;
/** As much of a state as names a cookie, so that sign-ins in two tabs do not end each other. */
const STATE_FORM = /^[\w-]{43}$/;
const LONGEST_PATH = 1000;
/** Unfinished ones in one browser: their cookies must not fill the heads of all its requests. */
const MOST_ATTEMPTS = 3;

const AttemptSchema = z.object({
  method: z.enum(['oidc', 'github']),
  challenge: z.object({ state: z.string(), nonce: z.string(), verifier: z.string() }),
  next: z.string(),
  /** Whose account it is to be linked to. */
  linkTo: z.uuid().optional(),
  invitationHash: z.string().optional(),
  endsAtMs: z.number(),
});
export type Attempt = z.infer<typeof AttemptSchema>;

export interface Cookie {
  readonly name: string;
  readonly value: string;
}

export type Attempts = ReturnType<typeof createAttempts>;

/** createAttempts keeps what belongs to a sign-in in the browser that began it, sealed: no answer fits in any other. */
export function createAttempts(deps: {
  readonly secretKey: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly secureCookies: boolean;
}) {
  const box = createSealedBox(deps.secretKey, 'sign-in-attempts/v1');
  const prefix = deps.secureCookies ? '__Host-spt_flow_attempt_' : 'spt_flow_attempt_';

  return {
    /** Undefined for what is no state of ours. */
    cookieName(state: unknown): string | undefined {
      if (typeof state !== 'string' || !STATE_FORM.test(state)) return undefined;
      return `${prefix}${hash('sha256', state, 'hex').slice(0, 12)}`;
    },

    /** Names of cookies that a browser has too many of. */
    surplus(names: readonly string[]): readonly string[] {
      const ours = names.filter((name) => name.startsWith(prefix));
      return ours.length < MOST_ATTEMPTS ? [] : ours;
    },

    make(
      begun: Pick<Attempt, 'method' | 'linkTo' | 'invitationHash'> & { next?: string | undefined },
    ): {
      challenge: Challenge;
      cookie: Cookie;
    } {
      const challenge = { state: secret(), nonce: secret(), verifier: secret() };
      const endsAtMs = deps.clock.now().getTime() + ATTEMPT_SECONDS * 1000;
      const attempt: Attempt = { ...begun, challenge, next: localPathOf(begun.next), endsAtMs };
      const name = this.cookieName(challenge.state) ?? '';
      return {
        challenge,
        cookie: { name, value: box.seal(name, Buffer.from(JSON.stringify(attempt))) },
      };
    },

    /** Undefined for what was not made here, for another method, or too long ago. */
    open(method: MethodId, { name, value }: Cookie): Attempt | undefined {
      const attempt = AttemptSchema.safeParse(unsealed(name, value)).data;
      if (attempt?.method !== method) return undefined;
      return attempt.endsAtMs > deps.clock.now().getTime() ? attempt : undefined;
    },
  };

  function unsealed(name: string, value: string): unknown {
    try {
      return JSON.parse(box.open(name, value).toString());
    } catch {
      return undefined;
    }
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

const HERE = 'http://here.invalid';

/** localPathOf is a path of the dashboard, whatever was asked for: a sign-in sends nobody elsewhere. */
function localPathOf(next: string | undefined): string {
  if (next === undefined || next.length > LONGEST_PATH || !/^\/(?![/\\])/.test(next)) return '/';
  if (!URL.canParse(next, HERE)) return '/';
  const { origin, pathname, search, hash: fragment } = new URL(next, HERE);
  return origin === HERE && !pathname.startsWith('//') ? `${pathname}${search}${fragment}` : '/';
}
