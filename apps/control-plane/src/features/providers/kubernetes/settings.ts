import type { LimitCaps } from '../limits.ts';

/** KubernetesSettings are what an operator says of the cluster, for all workspaces in it. */
export interface KubernetesSettings {
  readonly namespace: string;
  /** Brings the agent in. */
  readonly agentImage: string;
  /** Null: the cluster's default. */
  readonly storageClass: string | null;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly Toleration[];
  readonly imagePullSecrets: readonly string[];
  /** E.g. of gVisor; null: the cluster's default. */
  readonly runtimeClass: string | null;
  /** Of the pods that bring agents in to the control plane; null: it is reached by its address. */
  readonly entranceNamespace: string | null;
  /** Numbers of the account that images have for people, never root's. */
  readonly uid: number;
  readonly gid: number;
  /** Its home in images. */
  readonly home: string;
}

export interface Toleration {
  readonly key: string;
  readonly operator: 'Exists' | 'Equal';
  readonly value?: string;
  readonly effect?: string;
}

/** How agents reach the control plane from the cluster. */
export interface ControlPlaneLink {
  readonly url: string;
  readonly channelBinding: 'tls-exporter' | 'inner-kx' | 'none';
  /** PEM of who signed its certificate; null: an authority that everybody knows. */
  readonly ca: string | null;
}

export interface PodInput {
  readonly settings: KubernetesSettings;
  /** For workspaces whose settings name no image. */
  readonly defaultImage: string;
  readonly caps: LimitCaps;
}
