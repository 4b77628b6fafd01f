import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import {
  AckSchema,
  AGENT_CONNECT_PATH,
  AGENT_SUBPROTOCOL,
  HelloSchema,
  ProofSchema,
} from '@spt-flow/shared/agent-protocol/handshake';
import { TunnelError } from '@spt-flow/tunnel/types';
import { parserOf } from '../../src/features/agents/gateway/message-parser.ts';
import { useIdentityStage } from './identity-stage.ts';
import { joinAgent, newTestAgent } from './test-agent.ts';

const stage = useIdentityStage();

function bytes(count: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: count, maxLength: count })
    .map((value) => Buffer.from(value).toString('base64url'));
}

/** Of the right shape more often than not, so that what lies behind the parser is reached too. */
const hello = fc
  .record({
    type: fc.constant('hello'),
    mode: fc.constantFrom('auth', 'enrol', 'fork'),
    agentId: fc.uuid(),
    workspaceId: fc.uuid(),
    generation: fc.oneof(fc.nat(), fc.constantFrom(-1, 1.5, 2 ** 53)),
    joinStateHash: bytes(32),
    tokenId: bytes(32),
    clientNonce: bytes(32),
    publicKey: bytes(44),
    channelBinding: fc.constantFrom('none', 'inner-kx', 'tls-exporter'),
    keyExchange: fc.option(fc.oneof(bytes(32), fc.constant('A'.repeat(43))), { nil: undefined }),
    bootId: fc.string({ maxLength: 70 }),
    machineFingerprint: bytes(32),
    agentVersion: fc.string({ minLength: 1, maxLength: 64, unit: 'binary' }),
    protocolVersion: fc.constantFrom(1, 1, 1, 2, '1'),
    capabilities: fc.array(fc.string({ maxLength: 80 }), { maxLength: 70 }),
  })
  .chain((value) =>
    fc
      .option(fc.tuple(fc.constantFrom(...Object.keys(value)), fc.jsonValue()), { freq: 2 })
      .map((change) => (change ? { ...value, [change[0]]: change[1] } : value)),
  );
const proof = fc.record({
  type: fc.constant('proof'),
  signature: fc.oneof(bytes(64), fc.jsonValue()),
  token: fc.oneof(fc.constant(undefined), fc.string(), fc.jsonValue()),
  joinState: fc.oneof(fc.constant(undefined), fc.jsonValue()),
});
const text = fc.oneof(
  { arbitrary: hello.map((value) => JSON.stringify(value)), weight: 4 },
  fc.json(),
  fc.string(),
  fc.constant('{"__proto__":{"type":"hello"},"type":"hello"}'),
);

async function converse(first: string, second: string): Promise<string> {
  const socket = new WebSocket(`${stage.server.url}${AGENT_CONNECT_PATH}`, AGENT_SUBPROTOCOL);
  const heard: string[] = [];
  socket.on('open', () => [first, second].forEach((message) => socket.send(message)));
  socket.on('message', (data: Buffer) => heard.push(data.toString()));
  await once(socket, 'close');
  return heard.join('\n');
}

describe('messages before anybody proved anything', () => {
  it('are taken or refused by their parsers, whatever they are', () => {
    const parsers = [HelloSchema, ProofSchema, AckSchema].map((schema) =>
      parserOf<unknown>(schema),
    );
    fc.assert(
      fc.property(fc.oneof(hello, proof, fc.anything()), (message) => {
        for (const parse of parsers)
          try {
            parse(message);
          } catch (error) {
            expect(error).toBeInstanceOf(TunnelError);
          }
      }),
      { numRuns: 500 },
    );
  });

  it('change nothing, are no error of the control plane, and leave agents their place', async () => {
    const agent = await stage.joined();
    const before = await stage.row();

    await fc.assert(
      fc.asyncProperty(
        text,
        fc.oneof(
          text,
          proof.map((value) => JSON.stringify(value)),
        ),
        async (first, second) => {
          expect(await converse(first, second)).not.toContain('welcome');
        },
      ),
      { numRuns: 60 },
    );

    expect(await stage.row()).toEqual(before);
    expect(await stage.actions()).toEqual(['agent.enrol']);
    await expect(joinAgent(stage.server, agent)).resolves.toBeDefined();
    const { token } = await stage.server.agents.enrolmentTokens.create(stage.workspace);
    await expect(joinAgent(stage.server, newTestAgent(), { token })).resolves.toBeDefined();
  });
});
