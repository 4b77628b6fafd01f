import type { StageInput } from '@spt-flow/shared/api/agent-updates';
import { AppError } from '@spt-flow/shared/domain/errors';

/** Candidate is a server whose agent is to be renewed. */
export interface Candidate {
  readonly workspaceId: string;
  readonly name: string;
  readonly isOnline: boolean;
}

export interface PlannedStage {
  readonly name: string;
  readonly members: readonly string[];
}

/** planStages gives each candidate to one stage; the first get those that are connected, since they show at once. */
export function planStages(
  candidates: readonly Candidate[],
  stages: readonly StageInput[],
): PlannedStage[] {
  const named = namedBy(candidates, stages);
  const free = candidates
    .filter(({ workspaceId }) => !named.has(workspaceId))
    .toSorted((a, b) => Number(b.isOnline) - Number(a.isOnline));
  const planned: PlannedStage[] = [];
  let taken = 0;
  for (const stage of stages) {
    if ('servers' in stage) {
      const ids = new Set(stage.servers.map((handle) => find(candidates, handle)));
      const earlier = new Set(planned.flatMap(({ members }) => members));
      const members = [...ids].filter((id) => !earlier.has(id));
      taken += members.length;
      planned.push({ name: `${members.length} named`, members });
      continue;
    }
    const upTo = Math.ceil((candidates.length * stage.percent) / 100);
    const members = free.splice(0, Math.max(0, upTo - taken)).map(({ workspaceId }) => workspaceId);
    taken += members.length;
    planned.push({ name: `${stage.percent} %`, members });
  }
  const rest = free.map(({ workspaceId }) => workspaceId);
  return [...planned, { name: 'the rest', members: rest }].filter(
    ({ members }) => members.length > 0,
  );
}

function namedBy(candidates: readonly Candidate[], stages: readonly StageInput[]): Set<string> {
  const handles = stages.flatMap((stage) => ('servers' in stage ? stage.servers : []));
  return new Set(handles.map((handle) => find(candidates, handle)));
}

function find(candidates: readonly Candidate[], handle: string): string {
  const found = candidates.find(
    ({ workspaceId, name }) => workspaceId === handle || name === handle,
  );
  if (found) return found.workspaceId;
  throw new AppError('not_found', `There is no server "${handle}" that could be renewed`);
}
