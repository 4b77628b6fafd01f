import { readFile } from 'node:fs/promises';
import { setLongTimer } from '../../../lib/long-timer.ts';
import type { VaultBody, VaultCall, VaultHttp } from './vault-http.ts';
import { VaultProblem } from './vault-problem.ts';
import type { VaultLogin } from './vault-settings.ts';

/** Of its life: then it is renewed, at the latest. */
const RENEW_SHARE = 2 / 3;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** Five refused logins lock a role for a quarter of an hour. */
const FIRST_REFUSED_PAUSE_MS = 60_000;
const MAX_REFUSED_PAUSE_MS = 15 * 60_000;

interface Token {
  readonly value: string;
  /** 0: it does not end. */
  readonly seconds: number;
  readonly isRenewable: boolean;
}

export interface VaultSessionDeps {
  readonly http: VaultHttp;
  readonly login: VaultLogin;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** What was made with the token before is gone with it. */
  readonly onReplaced: () => void;
}

/** AskVault makes a call as the control plane; null: there is nothing. VaultProblem otherwise. */
export type AskVault = (call: Omit<VaultCall, 'token'>) => Promise<VaultBody | null>;

export interface VaultSession {
  readonly call: AskVault;
  /** What is wrong, null: nothing; and when an answer came last. */
  state(): { readonly problem: string | null; readonly answeredAtMs: number | null };
  /** Takes its token back, where it was made here. */
  close(): Promise<void>;
}

/** createVaultSession signs in, renews its token in time, and pauses between attempts where Vault does not answer. */
export function createVaultSession(deps: VaultSessionDeps): VaultSession {
  const { http, nowMs } = deps;
  let token: Token | undefined;
  let signingIn: Promise<Token> | undefined;
  let renewal: NodeJS.Timeout | undefined;
  let failed:
    { readonly problem: VaultProblem; readonly untilMs: number; pauseMs: number } | undefined;
  let answeredAtMs: number | null = null;
  let isClosed = false;

  function signIn(): Promise<Token> {
    signingIn ??= loginNow().finally(() => (signingIn = undefined));
    return signingIn;
  }

  async function loginNow(): Promise<Token> {
    const fresh = await login(http, deps.login);
    token = fresh;
    schedule(fresh);
    return fresh;
  }

  function schedule({ seconds }: Token): void {
    clearTimeout(renewal);
    if (seconds <= 0 || isClosed) return;
    const share = RENEW_SHARE * (1 - 0.1 * deps.random());
    renewal = setLongTimer(() => void renew(), seconds * share);
  }

  /** A token that can't live on gives way to another one; where that fails, the next call tries again. */
  async function renew(): Promise<void> {
    const old = token;
    if (!old) return;
    try {
      const renewed = old.isRenewable ? await renewSelf(old) : undefined;
      if (renewed) schedule((token = renewed));
      else await replace();
    } catch (error) {
      if (error instanceof VaultProblem && error.fault === 'denied') token = undefined;
      else schedule({ ...old, seconds: Math.max(1, old.seconds / 10) });
    }
  }

  /** Undefined: it gets shorter than it was, so that its end is near. */
  async function renewSelf(old: Token): Promise<Token | undefined> {
    const answer = await http({
      ...{ method: 'POST', path: 'auth/token/renew-self', token: old.value },
      body: { increment: `${old.seconds}s` },
    });
    const seconds = answer?.auth?.lease_duration ?? 0;
    return seconds < old.seconds * 0.9 ? undefined : { ...old, seconds };
  }

  async function replace(): Promise<Token> {
    token = undefined;
    const fresh = await signIn();
    deps.onReplaced();
    return fresh;
  }

  async function callNow(call: Omit<VaultCall, 'token'>): Promise<VaultBody | null> {
    const used = token ?? (await signIn());
    try {
      return await http({ ...call, token: used.value });
    } catch (error) {
      if (!(error instanceof VaultProblem) || error.fault !== 'denied') throw error;
      // Once: a policy that lacks the path lacks it for the next token too.
      if (token !== undefined && token !== used) return http({ ...call, token: token.value });
      if (await isAlive(used)) throw error;
      const fresh = await replace();
      return http({ ...call, token: fresh.value });
    }
  }

  async function isAlive(used: Token): Promise<boolean> {
    try {
      await http({ method: 'GET', path: 'auth/token/lookup-self', token: used.value });
      return true;
    } catch (error) {
      if (error instanceof VaultProblem && error.fault === 'denied') return false;
      throw error;
    }
  }

  function note(error: unknown): void {
    if (!(error instanceof VaultProblem)) return;
    // What one path is refused says nothing about the others.
    if (error.fault === 'denied' && token !== undefined) return;
    if (error.fault === 'refused' && token !== undefined) return;
    const isRefused = error.fault === 'denied' || error.fault === 'refused';
    const [first, most] = isRefused
      ? [FIRST_REFUSED_PAUSE_MS, MAX_REFUSED_PAUSE_MS]
      : [FIRST_PAUSE_MS, MAX_PAUSE_MS];
    const pauseMs = Math.min(most, failed ? Math.max(first, failed.pauseMs * 2) : first);
    failed = { problem: error, pauseMs, untilMs: nowMs() + pauseMs * (1 - 0.2 * deps.random()) };
  }

  return {
    async call(call) {
      if (failed && nowMs() < failed.untilMs) throw failed.problem;
      try {
        const answer = await callNow(call);
        failed = undefined;
        answeredAtMs = nowMs();
        return answer;
      } catch (error) {
        note(error);
        throw error;
      }
    },
    state: () => ({ problem: failed?.problem.message ?? null, answeredAtMs }),
    async close() {
      isClosed = true;
      clearTimeout(renewal);
      if (!token || deps.login.method === 'token') return;
      // It ends by itself too.
      await http({
        ...{ method: 'POST', path: 'auth/token/revoke-self', token: token.value },
        body: {},
      }).catch(() => undefined);
    },
  };
}

async function login(http: VaultHttp, how: VaultLogin): Promise<Token> {
  if (how.method === 'token') return ofFile(http, await readSecretFile(how.tokenFile));
  const body =
    how.method === 'approle'
      ? { role_id: how.roleId, secret_id: await readSecretFile(how.secretIdFile) }
      : { role: how.role, jwt: await readSecretFile(how.tokenFile) };
  const answer = await http({ method: 'POST', path: `auth/${how.mount}/login`, body });
  if (!answer?.auth)
    throw new VaultProblem('refused', `Vault has no login at auth/${how.mount}`, { status: 404 });
  const { client_token: value, lease_duration: seconds, renewable: isRenewable } = answer.auth;
  return { value, seconds, isRenewable };
}

async function ofFile(http: VaultHttp, value: string): Promise<Token> {
  const answer = await http({ method: 'GET', path: 'auth/token/lookup-self', token: value });
  const { ttl, renewable } = answer?.data ?? {};
  return { value, seconds: typeof ttl === 'number' ? ttl : 0, isRenewable: renewable === true };
}

/** Anew for each login: who keeps the file renews it. */
async function readSecretFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new VaultProblem('refused', `The file "${file}" for Vault can't be read`, { cause });
  }
}
