import type { Plan } from '@spt-flow/shared/api/conversations';
import type { ToolCallPart } from '../providers/model-provider.ts';
import { APPROVED_MARK, PLANNING_MARK } from '../providers/pipeline-mark.ts';
import type { Tool } from '../tools/tool.ts';

/** PlanningState is how far the planning of a conversation is: it begins with a request and ends with a verdict. */
export interface PlanningState {
  /** Questions are asked once. */
  readonly asked: boolean;
  /** The last one that was proposed. */
  readonly plan: Plan | null;
}

/** Approved: what was planned is built. Null: the model may plan, and need not. */
export type Planning = PlanningState | 'approved' | null;

/** A request of this length, or with this many points, is for more than one change. */
const LARGE_CHARACTERS = 800;
const LARGE_POINTS = 6;
const POINT = /^\s*(?:[-*•]|\d+[.)])\s+\S/gm;
const MAX_TITLE_CHARACTERS = 120;
const MAX_NAMED_EDITS = 20;

/** isLarge is true for requests that are planned before anything is written. */
export function isLarge(request: string): boolean {
  return request.length >= LARGE_CHARACTERS || (request.match(POINT)?.length ?? 0) >= LARGE_POINTS;
}

/** planningNote tells the model what kind of turn this is, after the request of the person. */
export function planningNote(planning: Planning): string | null {
  if (planning === null) return null;
  if (planning === 'approved')
    return `${APPROVED_MARK} Build exactly what it says, then call finish.`;
  const questions = planning.asked
    ? 'Ask nothing more; choose good defaults and name them in the plan.'
    : 'If you must know something, ask it with ask_user first, once.';
  const change = planning.plan ? ' Change the plan as the person asks.' : '';
  return `${PLANNING_MARK} Write nothing yet: show a plan with propose_plan.${change} ${questions} The person has to approve the plan before you may edit files.`;
}

/** refusalOf says why a call may not be done in this kind of turn; null: it may. */
export function refusalOf(planning: Planning, { definition, kind }: Tool): string | null {
  const { name } = definition;
  if (planning === 'approved')
    return name === 'propose_plan' ? 'The plan is approved. Build it, and call finish.' : null;
  if (planning === null) return null;
  if (name === 'ask_user' && planning.asked)
    return 'You have asked already. Choose good defaults and call propose_plan.';
  return kind === 'edits' || name === 'add_dependency' || name === 'finish'
    ? 'Nothing is written before the person has approved a plan. Call propose_plan.'
    : null;
}

/** editOf names what a refused call would have done; null: nothing to the files. */
export function editOf({ name, input }: ToolCallPart): string | null {
  if (typeof input !== 'object' || input === null || !('path' in input)) return null;
  return name === 'read_file' ? null : `Write ${String(input.path)}`;
}

/** planFromEdits is for a model that does not plan: the person decides about what it wanted to write. */
export function planFromEdits(request: string, edits: readonly string[]): Plan {
  return {
    ...planFromWords(request),
    behaviour: [...new Set(edits)].map((edit) => edit.slice(0, 300)).slice(0, MAX_NAMED_EDITS),
  };
}

/** planFromWords is for a model that answered in words, which stand above it. */
export function planFromWords(request: string): Plan {
  const title = request.replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE_CHARACTERS);
  return { title, pages: [], data: [], behaviour: [], leftOut: [] };
}
