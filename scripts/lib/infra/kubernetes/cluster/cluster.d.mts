export interface ClusterNode {
  /** Runs containerd's own program. */
  ctr(...args: string[]): Promise<string>;
  readonly gateway: string;
}

export interface Cluster {
  readonly directory: string;
  readonly server: string;
  readonly node?: ClusterNode;
  kubectl(...args: string[]): Promise<{ exitCode: number; stdout: string; output: string }>;
  environmentOf(user: 'admin' | 'operator' | 'provider'): { KUBECONFIG: string };
  stop(): Promise<void>;
}

export function startCluster(options?: { isReal?: boolean }): Promise<Cluster>;
export function until(what: string, isTrue: () => Promise<boolean>): Promise<void>;
