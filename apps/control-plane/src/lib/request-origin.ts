import { AsyncLocalStorage } from 'node:async_hooks';

/** RequestOrigin is where a request comes from, for the audit log. */
export interface RequestOrigin {
  readonly address: string;
  readonly userAgent: string | null;
  /** An entry was recorded about what it did. */
  isAudited: boolean;
}

const storage = new AsyncLocalStorage<RequestOrigin>();

/** withOrigin runs work of which the audit log has to know where it comes from. */
export function withOrigin<T>(
  origin: Omit<RequestOrigin, 'isAudited'>,
  work: (origin: RequestOrigin) => T,
): T {
  const own = { ...origin, isAudited: false };
  return storage.run(own, work, own);
}

export function currentOrigin(): RequestOrigin | undefined {
  return storage.getStore();
}
