import prices from './aws-prices.json';

export const INFRA_PATTERNS = ['sr-simple', 'sr-ha', 'pubsec'] as const;
export type InfraPattern = (typeof INFRA_PATTERNS)[number];

/** What a pattern builds, as far as it costs; `npm run infra:check` compares it with the plans. */
export interface PatternParts {
  readonly systemNodes: number;
  readonly zones: number;
  readonly natGateways: number;
  /** Each has an address in every zone. */
  readonly interfaceEndpoints: number;
  readonly databaseInstances: number;
  readonly minAcu: number;
  readonly allowsSpot: boolean;
}

export const PATTERN_PARTS: Readonly<Record<InfraPattern, PatternParts>> = {
  'sr-simple': {
    systemNodes: 2,
    zones: 1,
    natGateways: 1,
    interfaceEndpoints: 0,
    databaseInstances: 1,
    minAcu: 0.5,
    allowsSpot: true,
  },
  'sr-ha': {
    systemNodes: 3,
    zones: 3,
    natGateways: 3,
    interfaceEndpoints: 6,
    databaseInstances: 2,
    minAcu: 1,
    allowsSpot: true,
  },
  pubsec: {
    systemNodes: 3,
    zones: 3,
    natGateways: 0,
    interfaceEndpoints: 12,
    databaseInstances: 2,
    minAcu: 1,
    allowsSpot: false,
  },
};

export interface CostInput {
  readonly pattern: InfraPattern;
  readonly workspaces: number;
  /** How long machines of workspaces run. */
  readonly hoursPerWeek: number;
  readonly holidaysPerYear: number;
  readonly hoursPerWorkday: number;
  readonly spotDiscountPercent: number;
  readonly onDemandPercent: number;
  /** Instead of those of the pattern. */
  readonly natGateways?: number;
}

/** Dollars a month; null where the pattern does not allow spot machines. */
export interface Amounts {
  readonly always: number;
  readonly scheduled: number;
  readonly spot: number | null;
  readonly scheduledSpot: number | null;
}

export interface CostItem extends Amounts {
  readonly name: string;
  readonly quantity: string;
}

export interface CostEstimate {
  readonly pattern: InfraPattern;
  readonly prices: { readonly readOn: string; readonly region: string; readonly currency: string };
  readonly workspaceNodes: number;
  readonly hoursPerMonth: { readonly always: number; readonly scheduled: number };
  readonly items: readonly CostItem[];
  readonly total: Amounts;
}

export const HOURS_PER_MONTH = 730;
const WEEKS_PER_MONTH = 365 / 7 / 12;
/** What fits on an m5.2xlarge: 28 attachments of volumes and 32 GiB of memory, used in part. */
const WORKSPACES_PER_NODE = 5;
const GIB = {
  workspace: 12,
  workspaceNodeDisk: 100,
  systemNodeDisk: 50,
  platform: 200,
  database: 20,
};
const NAT_GIB_PER_MONTH = 200;
const NODE_USD = prices.instance_hour_usd['m5.2xlarge'] * HOURS_PER_MONTH;
const SYSTEM_NODE_USD = prices.instance_hour_usd['t3.large'] * HOURS_PER_MONTH;

/** estimateCost is what a deployment costs a month: around the clock, by the clock, on spot machines, and both. */
export function estimateCost(input: CostInput): CostEstimate {
  const parts = { ...PATTERN_PARTS[input.pattern], ...natOf(input) };
  const workspaceNodes = Math.ceil(input.workspaces / WORKSPACES_PER_NODE);
  const scheduledHours = scheduledHoursOf(input);
  const items = [
    workspaceItem(input, { parts, workspaceNodes, share: scheduledHours / HOURS_PER_MONTH }),
    diskItem(workspaceNodes, { parts, share: scheduledHours / HOURS_PER_MONTH }),
    ...floorItems(parts, input.workspaces),
  ];
  const { readOn, region, currency } = prices;
  return {
    pattern: input.pattern,
    prices: { readOn, region, currency },
    workspaceNodes,
    hoursPerMonth: { always: HOURS_PER_MONTH, scheduled: scheduledHours },
    items,
    total: totalOf(items),
  };
}

function natOf({ natGateways }: CostInput): { natGateways?: number } {
  return natGateways === undefined ? {} : { natGateways };
}

function scheduledHoursOf({ hoursPerWeek, holidaysPerYear, hoursPerWorkday }: CostInput): number {
  return Math.max(0, hoursPerWeek * WEEKS_PER_MONTH - (holidaysPerYear * hoursPerWorkday) / 12);
}

function workspaceItem(
  { spotDiscountPercent, onDemandPercent }: CostInput,
  at: { parts: PatternParts; workspaceNodes: number; share: number },
): CostItem {
  const always = at.workspaceNodes * NODE_USD;
  const onDemand = onDemandPercent / 100;
  const spotFactor = onDemand + (1 - onDemand) * (1 - spotDiscountPercent / 100);
  return {
    name: 'Workspace machines',
    quantity: `${at.workspaceNodes} × m5.2xlarge`,
    always,
    scheduled: always * at.share,
    spot: at.parts.allowsSpot ? always * spotFactor : null,
    scheduledSpot: at.parts.allowsSpot ? always * spotFactor * at.share : null,
  };
}

/** Disks end with their machines. */
function diskItem(workspaceNodes: number, at: { parts: PatternParts; share: number }): CostItem {
  const always = workspaceNodes * GIB.workspaceNodeDisk * prices.gp3_gib_month_usd;
  const scheduled = always * at.share;
  return {
    name: 'Disks of workspace machines',
    quantity: `${workspaceNodes} × ${GIB.workspaceNodeDisk} GiB`,
    always,
    scheduled,
    spot: at.parts.allowsSpot ? always : null,
    scheduledSpot: at.parts.allowsSpot ? scheduled : null,
  };
}

/** What is paid at night too. */
function floorItems(parts: PatternParts, workspaces: number): CostItem[] {
  const endpointAddresses = parts.interfaceEndpoints * parts.zones;
  const nat = parts.natGateways;
  const natHours = (prices.nat_gateway_hour_usd + prices.public_ipv4_hour_usd) * HOURS_PER_MONTH;
  const natTraffic = nat > 0 ? NAT_GIB_PER_MONTH * prices.nat_gateway_gib_usd : 0;
  const acu = parts.databaseInstances * parts.minAcu;
  const acuUsd = acu * prices.aurora_acu_hour_usd * HOURS_PER_MONTH;
  const floor = (name: string, quantity: string, usd: number): CostItem => {
    const spot = parts.allowsSpot ? usd : null;
    return { name, quantity, always: usd, scheduled: usd, spot, scheduledSpot: spot };
  };
  return [
    floor('Cluster', '1 × EKS', prices.eks_cluster_hour_usd * HOURS_PER_MONTH),
    floor(
      'System machines',
      `${parts.systemNodes} × t3.large`,
      parts.systemNodes * (SYSTEM_NODE_USD + GIB.systemNodeDisk * prices.gp3_gib_month_usd),
    ),
    floor(
      'Volumes of workspaces',
      `${workspaces} × ${GIB.workspace} GiB`,
      workspaces * GIB.workspace * prices.gp3_gib_month_usd,
    ),
    floor(
      'Volumes of the platform',
      `${GIB.platform} GiB`,
      GIB.platform * prices.gp3_gib_month_usd,
    ),
    floor(
      'Database',
      `${parts.databaseInstances} × ${parts.minAcu} ACU, ${GIB.database} GiB`,
      acuUsd + GIB.database * prices.aurora_storage_gib_month_usd,
    ),
    floor(
      'NAT gateways',
      `${nat}${nat > 0 ? `, ${NAT_GIB_PER_MONTH} GiB` : ''}`,
      nat * natHours + natTraffic,
    ),
    floor(
      'Interface endpoints',
      `${parts.interfaceEndpoints} in ${parts.zones} ${parts.zones === 1 ? 'zone' : 'zones'}`,
      endpointAddresses * prices.interface_endpoint_hour_usd * HOURS_PER_MONTH,
    ),
    floor('Load balancer', '1 × NLB', prices.network_load_balancer_hour_usd * HOURS_PER_MONTH),
  ];
}

function totalOf(items: readonly CostItem[]): Amounts {
  const sum = (pick: (item: CostItem) => number) =>
    items.reduce((total, item) => total + pick(item), 0);
  const hasSpot = items.every(({ spot }) => spot !== null);
  return {
    always: sum(({ always }) => always),
    scheduled: sum(({ scheduled }) => scheduled),
    spot: hasSpot ? sum(({ spot }) => spot ?? 0) : null,
    scheduledSpot: hasSpot ? sum(({ scheduledSpot }) => scheduledSpot ?? 0) : null,
  };
}
