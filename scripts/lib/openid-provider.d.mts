import type { IncomingMessage, ServerResponse } from 'node:http';

export interface OpenidPerson {
  /** Empty: they do not want to sign in. */
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface OpenidProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly state: {
    /** Who signs in. */
    person: OpenidPerson | undefined;
    /** Answers in its place when it returns true. */
    intercept:
      | ((request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>)
      | undefined;
  };
  /** A token with its key, whatever it says. */
  sign(claims: object, header?: object): string;
  close(): Promise<unknown>;
}

export function startOpenidProvider(options: {
  redirectUri: string;
  asksPeople?: boolean;
  port?: number;
}): Promise<OpenidProvider>;
