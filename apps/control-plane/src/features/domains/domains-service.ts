import type { CustomDomain, DnsRecord } from '@spt-flow/shared/api/domains';
import { isWithin, readDomainName } from '@spt-flow/shared/domain/domain-name';
import { AppError } from '@spt-flow/shared/domain/errors';
import { mayShareWorkspace, type SharingLevel } from '@spt-flow/shared/domain/sharing';
import { isLoopbackUrl } from '@spt-flow/tunnel/websocket/client';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { auditName, deciding, type Principal } from '../../lib/principal.ts';
import type { DnsLook } from './dns-look.ts';
import type { DomainCheck } from './domain-check.ts';
import { claimEndsAt } from './domain-state.ts';
import { withPublicUrl, wordsOf } from './domain-words.ts';
import type { DomainRow, DomainsRepository } from './domains-repository.ts';
import type { Proofs } from './proof.ts';

/** Each is looked at again and again. */
const MAX_PER_ORGANIZATION = 100;

/** DomainProject is a project as far as its domains depend on it. */
export interface DomainProject {
  readonly id: string;
  readonly organizationId: string;
  readonly userId: string;
  readonly appSharing: SharingLevel;
}

export interface DomainsServiceDeps {
  readonly repository: DomainsRepository;
  readonly check: DomainCheck;
  /** Remembered: every answer names them. */
  readonly ownAddresses: DnsLook['ownAddresses'];
  readonly proofs: Proofs;
  readonly findProject: (organizationId: string, handle: string) => Promise<DomainProject>;
  /** Names at which the product itself answers, and all below them. */
  readonly ownNames: readonly string[];
  /** The first of them, with its port and scheme. */
  readonly publicUrl: string;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly onServedChanged: (organizationId: string) => void;
}

export interface DomainInput {
  readonly handle: string;
  /** As somebody typed it. */
  readonly name: string;
}

export type DomainsService = ReturnType<typeof createDomainsService>;

export function createDomainsService(deps: DomainsServiceDeps) {
  const { repository } = deps;

  async function inCharge(principal: Principal, handle: string): Promise<DomainProject> {
    const project = await deps.findProject(principal.organizationId, handle);
    const { organizationId, userId: ownerId } = project;
    if (mayShareWorkspace({ organizationId, ownerId }, deciding(principal))) return project;
    throw new AppError(
      'not_permitted',
      'Only who made a project and admins decide about its domains',
    );
  }

  async function found(principal: Principal, { handle, name }: DomainInput) {
    const project = await inCharge(principal, handle);
    const reading = readDomainName(name);
    const row = reading.ok
      ? await repository.ofOrganization(project.organizationId, reading.name)
      : undefined;
    if (row?.projectId !== project.id) throw new AppError('not_found');
    return { project, row };
  }

  async function targetsOf(name: string): Promise<DnsRecord[]> {
    const host = new URL(deps.publicUrl).hostname;
    const addresses = await deps.ownAddresses();
    const isAddress = addresses.includes(host.replace(/^\[|\]$/g, ''));
    return [
      ...(isAddress ? [] : [{ type: 'CNAME' as const, name, value: host }]),
      ...addresses.map((value) => ({
        ...{ type: value.includes(':') ? ('AAAA' as const) : ('A' as const), name, value },
      })),
    ];
  }

  async function toApi(row: DomainRow, project: DomainProject): Promise<CustomDomain> {
    const { name, state } = row;
    const isAppPublic = project.appSharing === 'public';
    const { protocol, port } = new URL(deps.publicUrl);
    const words = withPublicUrl(wordsOf(row, isAppPublic), isLoopbackUrl(deps.publicUrl));
    return {
      ...{ name, state, isAppPublic, ...words },
      url: `${protocol}//${name}${port === '' ? '' : `:${port}`}`,
      proof: deps.proofs.recordOf(row.organizationId, name),
      targets: await targetsOf(name),
      checkedAt: row.checkedAt?.toISOString() ?? null,
      expiresAt: claimEndsAt(row)?.toISOString() ?? null,
    };
  }

  function readName(typed: string): string {
    const reading = readDomainName(typed);
    if (!reading.ok) throw new AppError('domain_refused', reading.fault);
    if (deps.ownNames.some((own) => isWithin(reading.name, own)))
      throw new AppError(
        'domain_refused',
        'spt-flow itself answers there: give a name of your own',
      );
    return reading.name;
  }

  async function claim(
    { principal, project, name }: { principal: Principal; project: DomainProject; name: string },
    correlationId: string,
  ): Promise<DomainRow> {
    const { organizationId, id: projectId } = project;
    return repository.transaction(async (tx) => {
      const values = { organizationId, projectId, name, claimedAt: deps.clock.now() };
      const row = await repository.insert(values, tx);
      if (row) {
        if ((await repository.countOf(organizationId, tx)) > MAX_PER_ORGANIZATION)
          throw new AppError(
            'limit_reached',
            `An organization has at most ${MAX_PER_ORGANIZATION} domains`,
          );
        await deps.audit.record(entryOf(principal, 'domain.add', { row, correlationId }), tx);
        return row;
      }
      const known = await repository.ofOrganization(organizationId, name, tx);
      if (known?.projectId !== projectId) throw new AppError('domain_taken');
      return known;
    });
  }

  return {
    async list(principal: Principal, handle: string): Promise<CustomDomain[]> {
      const project = await deps.findProject(principal.organizationId, handle);
      const rows = await repository.ofProject(project.id);
      const items: CustomDomain[] = [];
      // One after the other: the first has asked for the addresses.
      for (const row of rows) items.push(await toApi(row, project));
      return items;
    },

    /** The same again changes nothing. */
    async add(
      principal: Principal,
      input: DomainInput,
      correlationId: string,
    ): Promise<CustomDomain> {
      const project = await inCharge(principal, input.handle);
      const name = readName(input.name);
      const row = await claim({ principal, project, name }, correlationId);
      return toApi((await deps.check(row, correlationId)) ?? row, project);
    },

    async check(
      principal: Principal,
      input: DomainInput,
      correlationId: string,
    ): Promise<CustomDomain> {
      const { project, row } = await found(principal, input);
      const checked = await deps.check(row, correlationId);
      if (!checked) throw new AppError('not_found');
      return toApi(checked, project);
    },

    async remove(principal: Principal, input: DomainInput, correlationId: string): Promise<void> {
      const { row } = await found(principal, input);
      await repository.transaction(async (tx) => {
        if (!(await repository.remove(row.id, tx))) throw new AppError('not_found');
        await deps.audit.record(entryOf(principal, 'domain.remove', { row, correlationId }), tx);
      });
      deps.onServedChanged(row.organizationId);
    },
  };
}

function entryOf(
  principal: Principal,
  action: string,
  { row, correlationId }: { row: DomainRow; correlationId: string },
) {
  return {
    ...{ organizationId: row.organizationId, principal: auditName(principal), action },
    ...{ target: `project:${row.projectId}`, correlationId, detail: { domain: row.name } },
  };
}
