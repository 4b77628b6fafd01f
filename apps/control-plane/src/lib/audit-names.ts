import { sql, type SQL } from 'drizzle-orm';
import * as z from 'zod';

const IdSchema = z.uuid();

/** Names are looked up by the statement that stores the entry, as what they name may be gone later. */
export function principalNameOf(principal: string): SQL | null {
  const [kind, id] = principal.split(':');
  if (!isId(id)) return null;
  if (kind === 'user') return nameOf.user(id);
  if (kind === 'token')
    return sql`(select left(users.name, 255) from api_tokens join users on users.id = api_tokens.user_id
      where api_tokens.id = ${id}::uuid)`;
  return null;
}

type Find = (id: string, organizationId: string) => SQL;

/** subjectNameOf knows what a target names by its prefix (`workspace:<id>`), else by the noun of the action. */
export function subjectNameOf(entry: {
  readonly organizationId: string | null;
  readonly action: string;
  readonly target: string;
}): SQL | null {
  const { organizationId, action, target } = entry;
  const parts = target.split(':');
  const id = parts.at(-1);
  const noun = parts.length > 1 ? parts[0] : action.split('.')[0];
  const find = Object.hasOwn(NAMED, noun ?? '') ? NAMED[noun ?? ''] : undefined;
  return find && organizationId !== null && isId(id) ? find(id, organizationId) : null;
}

/** Of the own organization only: some targets are what a caller wrote. */
const nameOf = {
  user: (id) => sql`(select left(name, 255) from users where id = ${id}::uuid)`,
  workspace: (id, of) =>
    sql`(select name from workspaces where id = ${id}::uuid and organization_id = ${of}::uuid)`,
  project: (id, of) =>
    sql`(select name from projects where id = ${id}::uuid and organization_id = ${of}::uuid)`,
  template: (id, of) =>
    sql`(select name from templates where id = ${id}::uuid and organization_id = ${of}::uuid)`,
  organization: (_id, of) => sql`(select name from organizations where id = ${of}::uuid)`,
  session: (id, of) => sql`(select left(user_name || ' in ' || workspace_name, 255)
    from sessions where id = ${id}::uuid and organization_id = ${of}::uuid)`,
} satisfies Readonly<Record<string, Find>>;

const NAMED: Readonly<Record<string, Find>> = {
  ...nameOf,
  ...{ member: nameOf.user, login: nameOf.user, password: nameOf.user, identity: nameOf.user },
  ...{ agent: nameOf.workspace, server: nameOf.workspace },
  ...{ budget: nameOf.organization, lifecycle: nameOf.organization },
  recording: nameOf.organization,
};

function isId(text: string | undefined): text is string {
  return IdSchema.safeParse(text).success;
}
