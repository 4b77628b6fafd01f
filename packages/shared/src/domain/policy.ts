import * as z from 'zod';
import { ISOLATION_PROFILES, WORKSPACE_SIZES } from './workspace-settings.ts';

/** DenialSchema is one rule that says no: what of, why, and what to do instead. */
export const DenialSchema = z.object({
  /** Folder of the rule, e.g. `images`. */
  rule: z.string(),
  title: z.string(),
  /** The container, the resource or the part of a plan that is meant. */
  resource: z.string(),
  reason: z.string(),
  remedy: z.string(),
});
export type Denial = z.infer<typeof DenialSchema>;

const Texts = z.array(z.string().min(1).max(512)).max(1_000);
const Quantity = z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/, {
  error: 'must be a number with a unit of Kubernetes, such as 4Gi',
});

/** What workspaces may be; null: anything. */
const WorkspaceLimitsSchema = z.strictObject({
  sizes: z.array(z.enum(WORKSPACE_SIZES)).nullable(),
  isolations: z.array(z.enum(ISOLATION_PROFILES)).nullable(),
  /** Names of images in which `*` stands for anything. */
  image_sources: Texts.nullable(),
  /** Images are named by their digest. */
  pinned_images: z.boolean(),
  privileged: z.boolean(),
  /** That containers may add. */
  capabilities: Texts.nullable(),
  volume_kinds: Texts.nullable(),
  /** The workspace and the services beside it. */
  max_containers: z.int().positive().nullable(),
  max_cpus: z.number().positive().nullable(),
  max_memory: Quantity.nullable(),
  /** Host names in which `*` stands for anything. */
  egress_hosts: Texts.nullable(),
  max_cost_per_hour: z.number().min(0).nullable(),
  /** Addresses inside of the cluster, which network policies may name. */
  cluster_cidrs: Texts,
});

/** PolicyLimitsSchema is what rules compare with, as `data.config`; what it does not say is not permitted. */
export const PolicyLimitsSchema = z
  .strictObject({
    required_tags: z.record(z.string(), z.string()),
    allowed_regions: Texts,
    /** Addresses of resources that may be deleted although they hold data. */
    approved_deletions: Texts,
    instance_families: Texts,
    instance_sizes: Texts,
    module_sources: Texts,
    monthly_ceiling_usd: z.number().min(0),
    workspace: WorkspaceLimitsSchema.partial(),
  })
  .partial();
export type PolicyLimits = z.infer<typeof PolicyLimitsSchema>;

/** withOwnLimits lays somebody's own limits over others: each that they name takes the place of what is there. */
export function withOwnLimits(limits: PolicyLimits, own: PolicyLimits): PolicyLimits {
  return { ...limits, ...own, workspace: { ...limits.workspace, ...own.workspace } };
}
