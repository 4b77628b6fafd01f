import type { Chain } from './audit-repository.ts';

/** ChainChanged says that somebody changed in the database what only spt-flow writes. */
export class ChainChanged extends Error {
  override readonly name = 'ChainChanged';

  constructor(chain: Chain, what: string) {
    super(
      `${what} of the audit log of ${chain ?? 'the installation'} was changed in the database, see 'spt-flow audit verify'`,
    );
  }
}

export type AuditProblems = ReturnType<typeof createAuditProblems>;

/** createAuditProblems remembers what does not work until it does, and tells of it once. */
export function createAuditProblems(onError: (error: unknown) => void) {
  const current = new Map<string, unknown>();

  function settle(work: string, error: unknown): void {
    const known = current.get(work);
    current.set(work, error);
    if (textOf(known) !== textOf(error)) onError(error);
  }

  return {
    /** Never fails. */
    async note(work: string, run: () => Promise<unknown>): Promise<void> {
      try {
        await run();
        current.delete(work);
      } catch (error) {
        settle(work, error);
      }
    },

    /** `changed`: somebody may have covered something up; `failing`: it is tried again, and nothing is lost. */
    state(): 'ok' | 'changed' | 'failing' {
      const errors = [...current.values()];
      if (errors.some((error) => error instanceof ChainChanged)) return 'changed';
      return errors.length > 0 ? 'failing' : 'ok';
    },
  };
}

function textOf(error: unknown): string | undefined {
  return error instanceof Error ? error.message : undefined;
}
