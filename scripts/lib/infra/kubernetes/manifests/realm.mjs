import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

/** What of the realm decides who gets in; the rest is Keycloak's to judge. */
const RealmSchema = z.looseObject({
  realm: z.literal('agent-sandbox'),
  sslRequired: z.enum(['external', 'all']),
  registrationAllowed: z.literal(false),
  bruteForceProtected: z.literal(true),
  users: z.array(z.never()).optional(),
  clients: z.array(
    z.looseObject({
      clientId: z.string(),
      secret: z.undefined().optional(),
      publicClient: z.literal(true),
      implicitFlowEnabled: z.literal(false),
      directAccessGrantsEnabled: z.literal(false),
      redirectUris: z.array(z.string().startsWith('https://')).min(1),
      attributes: z.looseObject({ 'pkce.code.challenge.method': z.literal('S256') }),
    }),
  ),
});

/** realmProblems finds a realm that lets in more than it should, or brings accounts and secrets along. */
export async function realmProblems(root) {
  const file = 'infra/kubernetes/keycloak/agent-sandbox-realm.json';
  const { error } = RealmSchema.safeParse(
    JSON.parse(await readFile(path.join(root, file), 'utf8')),
  );
  return (error?.issues ?? []).map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`);
}
