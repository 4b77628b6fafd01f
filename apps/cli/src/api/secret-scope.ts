import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RouteInput } from '@spt-flow/shared/api/route';
import type { secretRoutes } from '@spt-flow/shared/api/secrets';
import { plain } from '../core/text.ts';
import { secretNameFault } from '@spt-flow/shared/domain/secret-name';

export interface ScopeOptions {
  readonly project?: string;
  readonly workspace?: string;
  readonly organization?: boolean;
}

export type ScopeQuery = RouteInput<typeof secretRoutes.list>['query'];

/** scopeOptions lets a command say whose secret it is about; without any it is one's own. */
export function scopeOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--project <name>', 'of a project, for all who work on it').conflicts([
        'workspace',
        'organization',
      ]),
    )
    .addOption(new Option('--workspace <name>', 'of one workspace').conflicts('organization'))
    .addOption(new Option('--organization', 'of the organization, for all workspaces'));
}

export function scopeOf({ project, workspace, organization }: ScopeOptions): ScopeQuery {
  if (project !== undefined) return { scope: 'project', of: project };
  if (workspace !== undefined) return { scope: 'workspace', of: workspace };
  return { scope: organization ? 'organization' : 'person' };
}

/** scopeFlag is what says it in the next command. */
export function scopeFlag({ project, workspace, organization }: ScopeOptions): string {
  if (project !== undefined) return ` --project '${plain(project)}'`;
  if (workspace !== undefined) return ` --workspace '${plain(workspace)}'`;
  return organization ? ' --organization' : '';
}

/** For people. */
export function scopeWords({ scope, of }: ScopeQuery): string {
  if (scope === 'person') return 'your workspaces';
  return scope === 'organization' ? 'all workspaces' : `the ${scope} '${of}'`;
}

/** secretName refuses what the server would, before a value is asked for. */
export function secretName(name: string): string {
  const fault = secretNameFault(name);
  if (fault !== undefined) throw new InvalidArgumentError(fault);
  return name;
}
