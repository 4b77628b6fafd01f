/** Who the control plane is for Vault. */
export type VaultLogin =
  | { readonly method: 'token'; readonly tokenFile: string }
  | {
      readonly method: 'approle';
      readonly mount: string;
      readonly roleId: string;
      readonly secretIdFile: string;
    }
  | {
      readonly method: 'kubernetes';
      readonly mount: string;
      readonly role: string;
      readonly tokenFile: string;
    };

/** What all workspaces get: every key of a path, or a field of what a path gives, under a name. */
export type VaultSource =
  | { readonly path: string; readonly name: null }
  | { readonly path: string; readonly name: string; readonly field: string };

export interface VaultSettings {
  readonly address: string;
  readonly namespace: string | null;
  /** PEM; null: the authorities of the machine. */
  readonly ca: string | null;
  readonly mount: string;
  /** Below it lie the secrets that people set here. */
  readonly path: string;
  readonly login: VaultLogin;
  readonly shared: readonly VaultSource[];
}
