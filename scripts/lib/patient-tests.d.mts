export const PATIENCE_MS: number;
export const PATIENT: {
  readonly setupFiles: string[];
  readonly expect: { readonly poll: { readonly timeout: number } };
};
