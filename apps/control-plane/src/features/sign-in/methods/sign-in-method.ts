import type { MethodId } from '@spt-flow/shared/api/sign-in';

/** Challenge is what an answer has to fit: made for one sign-in, known to one browser. */
export interface Challenge {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** ProvenPerson is who somebody is elsewhere, as its answer proved. */
export interface ProvenPerson {
  readonly issuer: string;
  /** The issuer's own id: addresses and names change hands. */
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
  /** Undefined: was not asked. */
  readonly groups: readonly string[] | undefined;
}

/** SignInMethod is somewhere else to sign in, by the authorization code flow with PKCE. */
export interface SignInMethod {
  readonly id: MethodId;
  /** As its answers name it. */
  readonly issuer: string;
  readonly name: string;
  /** Whether it answered when it was last asked; asks again in the background when that is some time ago. */
  isAnswering(): boolean;
  /** Where its own session ends, with the way back. */
  signOutUrl(): string | null;
  /** Where the browser goes. AppError `sign_in_unavailable`. */
  begin(challenge: Challenge, options: { readonly askAgain: boolean }): Promise<URL>;
  /** Who it was that came back with this address. AppError `sign_in_…`. */
  finish(challenge: Challenge, cameBackAs: URL): Promise<ProvenPerson>;
}
