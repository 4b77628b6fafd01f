/** ContainerMount is never a directory of the host: only what the provider makes for this workspace. */
export interface ContainerMount {
  readonly kind: 'volume' | 'tmpfs';
  /** Names the volume within its workspace; unused by a tmpfs. */
  readonly name: string;
  readonly target: string;
}
