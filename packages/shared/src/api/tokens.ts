import * as z from 'zod';
import { SCOPES } from '../domain/roles.ts';
import { MeSchema, TokenSchema } from './auth.ts';
import {
  EmptySchema,
  IdParamsSchema,
  IdSchema,
  NameSchema,
  NewNameSchema,
  TimestampSchema,
} from './common.ts';
import { defineRoute } from './route.ts';
import { UserCodeSchema } from './user-code.ts';

const ApiTokenSchema = z.object({
  id: IdSchema,
  name: NameSchema,
  scope: z.enum(SCOPES),
  createdAt: TimestampSchema,
  expiresAt: TimestampSchema.nullable(),
  lastUsedAt: TimestampSchema.nullable(),
});

const DeviceLoginSchema = z.object({
  /** Secret of the waiting client. */
  deviceCode: z.string(),
  /** Short code a person compares, e.g. "BDWP-HQPK". */
  userCode: z.string(),
  verificationUrl: z.url(),
  expiresInSeconds: z.number().int(),
  intervalSeconds: z.number().int(),
});

/** Apart from the sign-in, whose contract every page loads. */
export const tokenRoutes = {
  startDeviceLogin: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/device-logins',
    access: 'public',
    status: 201,
    summary: 'Start the device flow (RFC 8628)',
    body: z.object({ clientName: NewNameSchema }),
    response: DeviceLoginSchema,
  }),
  /** Fails with `login_pending` until approved, `login_expired` afterwards. */
  finishDeviceLogin: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/device-logins/token',
    access: 'public',
    summary: 'Poll for the token of the device flow',
    body: z.object({ deviceCode: TokenSchema }),
    response: z.object({ token: z.string(), me: MeSchema }),
  }),
  showDeviceLogin: defineRoute({
    method: 'GET',
    path: '/api/v1/auth/device-logins/:userCode',
    access: 'read',
    summary: 'What is asked to be approved',
    params: z.object({ userCode: UserCodeSchema }),
    response: z.object({ clientName: NameSchema, requestedAt: TimestampSchema }),
  }),
  approveDeviceLogin: defineRoute({
    method: 'POST',
    path: '/api/v1/auth/device-logins/:userCode/approval',
    access: 'read',
    summary: 'Approve or deny a device login',
    params: z.object({ userCode: UserCodeSchema }),
    body: z.object({ approve: z.boolean() }),
    response: EmptySchema,
  }),
  listTokens: defineRoute({
    method: 'GET',
    path: '/api/v1/tokens',
    access: 'read',
    summary: 'My API tokens',
    response: z.object({ items: z.array(ApiTokenSchema) }),
  }),
  createToken: defineRoute({
    method: 'POST',
    path: '/api/v1/tokens',
    access: 'read',
    status: 201,
    summary: 'Create an API token; its value is shown once',
    body: z.object({
      name: NewNameSchema,
      scope: z.enum(SCOPES),
      expiresInDays: z.number().int().min(1).max(365).nullable().default(90),
    }),
    response: ApiTokenSchema.extend({ token: z.string() }),
  }),
  revokeToken: defineRoute({
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    access: 'read',
    summary: 'Revoke an API token',
    params: IdParamsSchema,
    response: EmptySchema,
  }),
};
