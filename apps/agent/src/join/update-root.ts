import * as z from 'zod/mini';
import { UPDATE_ROOT_PATH } from '@spt-flow/shared/agent-protocol/updates';
import { requestHttp } from '../connection/http-request.ts';
import type { Link } from '../connection/link.ts';

const RootSchema = z.object({ signed: z.object({ _type: z.literal('root') }) });

/**
 * Asks whose releases this machine should take, once, over the way by which its program came too. Undefined: the control
 * plane has none, and the agent is renewed by installing it anew.
 */
export async function fetchUpdateRoot(link: Link): Promise<string | undefined> {
  try {
    const { status, body } = await requestHttp(link, { path: UPDATE_ROOT_PATH });
    return status === 200 && RootSchema.safeParse(JSON.parse(body)).success ? body : undefined;
  } catch {
    return undefined;
  }
}
