/** Whether it helps to try again, to sign in again, or not at all. */
export type VaultFault = 'unreachable' | 'busy' | 'denied' | 'refused';

/** VaultProblem says in plain words what is wrong; never what was sent. */
export class VaultProblem extends Error {
  override readonly name = 'VaultProblem';
  readonly fault: VaultFault;
  /** 0: there was no answer. */
  readonly status: number;

  constructor(
    fault: VaultFault,
    message: string,
    { status = 0, cause }: { status?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.fault = fault;
    this.status = status;
  }
}

export interface VaultAnswer {
  readonly status: number;
  readonly errors: readonly string[];
}

/** problemOf is what an answer other than success and 404 means. */
export function problemOf({ status, errors }: VaultAnswer, path: string): VaultProblem {
  const told = errors.join('; ').slice(0, 300);
  const words = told === '' ? '' : `: ${told}`;
  if (status === 503 && /sealed/i.test(told))
    return new VaultProblem('busy', 'Vault is sealed: somebody has to unseal it', { status });
  if (status === 503)
    return new VaultProblem('busy', `Vault is in maintenance, or has no leader${words}`, {
      status,
    });
  if (status === 429)
    return new VaultProblem('busy', `Vault says that this asks too often${words}`, { status });
  if (status === 472 || status === 473)
    return new VaultProblem('busy', 'This Vault is a standby that serves nobody', { status });
  if (status >= 500)
    return new VaultProblem('busy', `Vault failed (${status})${words}`, { status });
  if (status === 403)
    return new VaultProblem(
      'denied',
      `Vault does not permit "${path}": the token has ended, or its policy lacks the path`,
      { status },
    );
  return new VaultProblem('refused', `Vault refused "${path}" (${status})${words}`, { status });
}

const TLS_FAULT = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|SSL/;

export function unreachable(address: string, cause: unknown): VaultProblem {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = TLS_FAULT.test(code)
    ? `The certificate of Vault at ${address} is not trusted (${code}): name its authority with SPT_FLOW_VAULT_CA_FILE`
    : `Vault at ${address} does not answer${code === '' ? '' : ` (${code})`}`;
  return new VaultProblem('unreachable', text, { cause });
}
