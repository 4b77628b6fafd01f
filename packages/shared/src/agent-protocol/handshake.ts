import * as z from 'zod/mini';

/** Everything before the tunnel: JSON text messages, one attempt per connection, 5 s for the whole exchange. */
export const AGENT_CONNECT_PATH = '/agents/v1/connect';
export const AGENT_SUBPROTOCOL = 'spt-flow.agent.v1';
export const PROTOCOL_VERSION = 1;
export const HANDSHAKE_TIMEOUT_MS = 5_000;
/** How long an agent waits for the answer to its upgrade: after a restart thousands stand in line. */
export const UPGRADE_TIMEOUT_MS = 20_000;
/** A challenge is void after this time on the server's monotonic clock. */
export const CHALLENGE_TTL_MS = 10_000;

export const CHANNEL_BINDINGS = ['tls-exporter', 'inner-kx', 'none'] as const;

const Bytes16 = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/));
const Bytes32 = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));
const Signature = z.string().check(z.regex(/^[A-Za-z0-9_-]{86}$/));
const Version = z.string().check(z.minLength(1), z.maxLength(64));
/** DER of an Ed25519 SubjectPublicKeyInfo (44 bytes), base64url. */
const PublicKey = z.string().check(z.regex(/^[A-Za-z0-9_-]{59}$/));

const Generation = z.number().check(z.int(), z.gte(0));

const common = {
  clientNonce: Bytes32,
  publicKey: PublicKey,
  /** The agent's own policy: it refuses whatever has less. */
  channelBinding: z.enum(CHANNEL_BINDINGS),
  /** X25519, with `inner-kx` only. */
  keyExchange: z.optional(Bytes32),
  bootId: z.string().check(z.minLength(1), z.maxLength(64)),
  machineFingerprint: Bytes32,
  agentVersion: Version,
  protocolVersion: z.number().check(z.int(), z.gte(1), z.lte(1_000)),
  capabilities: z.array(z.string().check(z.minLength(1), z.maxLength(64))).check(z.maxLength(64)),
};

export const HelloSchema = z.discriminatedUnion('mode', [
  z.object({
    type: z.literal('hello'),
    mode: z.literal('auth'),
    agentId: z.uuid(),
    workspaceId: z.uuid(),
    generation: Generation,
    joinStateHash: Bytes32,
    ...common,
  }),
  /**
   * `tokenId` is the SHA-256 of the token; the token itself is sent only in the proof, after the server proved its key.
   * `fork`: a copy of another agent's machine becomes an agent of its own.
   */
  z.object({
    type: z.literal('hello'),
    mode: z.enum(['enrol', 'fork']),
    tokenId: Bytes32,
    ...common,
  }),
]);
export type Hello = z.infer<typeof HelloSchema>;

export const ChallengeSchema = z.object({
  type: z.literal('challenge'),
  challengeId: Bytes16,
  serverNonce: Bytes32,
  issuedMs: z.number(),
  expiresMs: z.number(),
  controlPlaneId: z.uuid(),
  controlPlaneEpoch: z.number(),
  keyExchange: z.optional(Bytes32),
  /** The control plane's Ed25519 key; must match the pinned fingerprint. */
  publicKey: PublicKey,
  signature: Signature,
});
export type Challenge = z.infer<typeof ChallengeSchema>;

/** A server-signed statement of what the agent's state was; the agent presents it next time. */
export const JoinStateSchema = z.object({
  agentId: z.uuid(),
  keyId: Bytes32,
  generation: Generation,
  epoch: z.number(),
  issuedMs: z.number(),
  signature: Signature,
});
export type JoinState = z.infer<typeof JoinStateSchema>;

export const ProofSchema = z.object({
  type: z.literal('proof'),
  signature: Signature,
  /** Only when joining. */
  token: z.optional(z.string().check(z.minLength(20), z.maxLength(200))),
  /** Only when authenticating: the document whose hash was signed. */
  joinState: z.optional(JoinStateSchema),
});
export type Proof = z.infer<typeof ProofSchema>;

export const WelcomeSchema = z.object({
  type: z.literal('welcome'),
  sessionId: z.uuid(),
  agentId: z.uuid(),
  workspaceId: z.uuid(),
  joinState: JoinStateSchema,
});
export type Welcome = z.infer<typeof WelcomeSchema>;

export const AckSchema = z.object({ type: z.literal('ack'), generation: z.number() });

/** Refusals say nothing that a stranger could use: the last two are told to who has proved a key of the agent. */
export const RefusedSchema = z.object({
  type: z.literal('refused'),
  code: z.enum([
    'refused',
    'token_invalid',
    'try_later',
    'unsupported_version',
    'quarantined',
    'fork_required',
  ]),
  retryAfterSeconds: z.optional(z.number()),
});

/** A change of key, as JSON lines on a stream of `identity.rotate`; it ends with an ack. */
export const RotationHelloSchema = z.object({
  type: z.literal('rotation-hello'),
  nextPublicKey: PublicKey,
  clientNonce: Bytes32,
});
export const RotationChallengeSchema = z.object({
  type: z.literal('rotation-challenge'),
  challengeId: Bytes16,
  serverNonce: Bytes32,
  issuedMs: z.number(),
  expiresMs: z.number(),
  signature: Signature,
});
export const RotationProofSchema = z.object({
  type: z.literal('rotation-proof'),
  signature: Signature,
  nextSignature: Signature,
});
/** Both keys are valid now; the state belongs to the next one. */
export const RotationWelcomeSchema = z.object({
  type: z.literal('rotation-welcome'),
  joinState: JoinStateSchema,
});
