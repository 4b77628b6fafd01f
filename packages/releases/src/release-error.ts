/** Why a release is not taken; each is told to the control plane, and to whoever asks the machine. */
export const RELEASE_FAULTS = [
  /** Nothing says whom to trust. */
  'no_root',
  /** Too few of the keys that must have signed it did. */
  'signature',
  'expired',
  /** Older than what was seen before. */
  'rolled_back',
  /** Parts of different releases. */
  'mixed',
  'malformed',
  'missing',
  'too_large',
  /** What arrived is not what was signed. */
  'damaged',
  'unknown_version',
  'wrong_platform',
  /** An earlier release, without a signature that permits it. */
  'downgrade',
  /** The step from the installed version is too big. */
  'too_old',
  /** It does not run on this machine, or says that it is another version. */
  'unusable',
  'no_space',
  'interrupted',
] as const;
export type ReleaseFault = (typeof RELEASE_FAULTS)[number];

/** ReleaseError: the release is refused, and what was there before stays. */
export class ReleaseError extends Error {
  override readonly name = 'ReleaseError';
  readonly fault: ReleaseFault;

  constructor(fault: ReleaseFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}
