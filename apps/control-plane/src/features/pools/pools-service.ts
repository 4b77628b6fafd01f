import type { TemplatePool } from '@spt-flow/shared/api/pools';
import type { Schedule } from '@spt-flow/shared/domain/schedule';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { Prices } from '../workspaces/index.ts';
import { hoursOf, isOpen } from './pool-hours.ts';
import type { PoolKeeperDeps } from './pool-keeper.ts';
import type { PoolMember, PoolsRepository } from './pools-repository.ts';

const DEFAULT_MAX_AGE_HOURS = 24;

export interface PoolsServiceDeps {
  readonly repository: PoolsRepository;
  readonly findTemplate: (
    organizationId: string,
    handle: string,
  ) => Promise<{ readonly row: { readonly id: string; readonly name: string } }>;
  readonly chooseTemplate: PoolKeeperDeps['chooseTemplate'];
  readonly prices: Prices;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
  readonly onChanged: () => void;
}

export interface PoolWish {
  readonly size: number;
  /** What is absent stays as it is. */
  readonly maxAgeHours?: number | undefined;
  readonly schedule?: Schedule | null | undefined;
}

export interface PoolCall {
  readonly principal: Principal;
  readonly handle: string;
  readonly correlationId: string;
}

/** createPoolsService lets admins say how many workspaces of a template are kept ready, and what that costs. */
export function createPoolsService(deps: PoolsServiceDeps) {
  const { repository, prices } = deps;

  async function show({ organizationId }: Principal, handle: string): Promise<TemplatePool> {
    const { row } = await deps.findTemplate(organizationId, handle);
    const pool = await repository.pool(row.id);
    const members = await repository.members(row.id);
    const schedule = pool ? hoursOf(pool) : null;
    const count = (...states: PoolMember['actualState'][]) =>
      members.filter(({ actualState }) => states.includes(actualState)).length;
    const amount = members.reduce((sum, member) => sum + (prices.perHour(member) ?? 0), 0);
    return {
      size: pool?.size ?? 0,
      maxAgeHours: pool?.maxAgeHours ?? DEFAULT_MAX_AGE_HOURS,
      schedule,
      isOpen: isOpen(schedule, deps.clock.now()),
      ready: count('running'),
      starting: count('created', 'starting', 'stopped', 'stopping'),
      failed: count('failed'),
      costPerHour: prices.arePaid ? { amount, currency: prices.currency } : null,
    };
  }

  return {
    show,

    async set(
      { principal, handle, correlationId }: PoolCall,
      wanted: PoolWish,
    ): Promise<TemplatePool> {
      const { organizationId } = principal;
      const { row } = await deps.findTemplate(organizationId, handle);
      // What can't be made without a person's choice can't be kept ready.
      if (wanted.size > 0) await deps.chooseTemplate(organizationId, { name: row.name });
      const before = await repository.pool(row.id);
      const maxAgeHours = wanted.maxAgeHours ?? before?.maxAgeHours ?? DEFAULT_MAX_AGE_HOURS;
      const schedule = wanted.schedule === undefined ? (before?.schedule ?? null) : wanted.schedule;
      await repository.transaction(async (tx) => {
        const change = { size: wanted.size, maxAgeHours, schedule };
        await repository.setPool({ templateId: row.id, organizationId, ...change }, tx);
        const detail = { name: row.name, ...change };
        const entry = { action: 'template.pool', target: row.id, correlationId, detail };
        await deps.audit.record({ organizationId, principal: auditName(principal), ...entry }, tx);
      });
      deps.onChanged();
      return show(principal, handle);
    },
  };
}
